/** Time in a model: a list of timers, in the order in which they were armed. */
export interface Timer {
  name: string;
  inMs: number;
}

interface Timed {
  timers: Timer[];
}

export const armed = ({ timers }: Timed, name: string, inMs: number): Timer[] => [
  ...disarmed({ timers }, name),
  { name, inMs },
];
export const disarmed = ({ timers }: Timed, name: string): Timer[] => timers.filter((each) => each.name !== name);
export const dueInMs = ({ timers }: Timed): number[] => [...new Set(byDue(timers).map(({ inMs }) => inMs))];

/** The sort is stable: of two that are due at once the elder is first. */
const byDue = (timers: Timer[]): Timer[] => [...timers].sort((a, b) => a.inMs - b.inMs);
const moveOn = (state: Timed, ms: number): void => {
  state.timers = state.timers.map(({ name, inMs }) => ({ name, inMs: inMs - ms }));
};

/** Each timer fires when it is due. */
export function pass<State extends Timed>(state: State, ms: number, fire: (state: State, name: string) => void): void {
  let leftMs = ms;
  for (let next = byDue(state.timers)[0]; next && next.inMs <= leftMs; next = byDue(state.timers)[0]) {
    leftMs -= next.inMs;
    moveOn(state, next.inMs);
    state.timers = disarmed(state, next.name);
    fire(state, next.name);
  }
  moveOn(state, leftMs);
}

/** Nothing runs for so long: what is overdue then fires once, and what that arms counts from the end. */
export function freeze<State extends Timed>(
  state: State,
  ms: number,
  fire: (state: State, name: string) => void,
): void {
  const overdue = byDue(state.timers).filter(({ inMs }) => inMs <= ms);
  moveOn(state, ms);
  for (const { name, inMs } of overdue) {
    const isStill = state.timers.some((each) => each.name === name && each.inMs === inMs - ms);
    if (!isStill) continue; // one that fired before it has disarmed it, or armed it anew
    state.timers = disarmed(state, name);
    fire(state, name);
  }
}
