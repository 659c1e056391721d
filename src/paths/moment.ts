/**
 * A machine at one moment, as a value: a step gives a new one and leaves the old one as it was, so that a walk can branch
 * without going its whole way anew. An actor cannot do that; what is found here is played on one (run.ts).
 */
import {
  type AnyActorScope,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  type EventObject,
  type ExecutableActionObject,
} from 'xstate';
import type { EffectWords, Step } from './run.js';

interface Timer {
  id: string;
  inMs: number;
  event: EventObject;
}

export interface Moment {
  snapshot: AnyMachineSnapshot;
  /** In the order in which they were armed. */
  timers: readonly Timer[];
  /** I/O turns that have begun and not ended, the eldest first, by the ids of their actors. */
  turns: readonly string[];
}

/** Milliseconds until each armed timer, the nearest first, each length once. */
export const dueInMs = ({ timers }: Moment): number[] =>
  [...new Set(timers.map(({ inMs }) => inMs))].sort((a, b) => a - b);

/** What a step leads to. */
export interface Stepped extends Moment {
  /** Effects that the machine asked for, in order. */
  effects: string[];
  /** Transitions taken, by identity. */
  taken: ReadonlySet<object>;
}

export class Stepper {
  readonly #machine: AnyStateMachine;
  readonly #words: EffectWords;
  readonly #scope: AnyActorScope;
  #timers: Timer[] = [];
  #turns: string[] = [];
  #effects: string[] = [];
  #taken = new Set<object>();

  constructor(machine: AnyStateMachine, words: EffectWords, input: unknown) {
    this.#machine = machine;
    this.#words = words;
    const self = createActor(machine, {
      input,
      inspect: (seen) => {
        if (seen.type === '@xstate.microstep') for (const transition of seen._transitions) this.#taken.add(transition);
      },
    });
    const nothing = () => {};
    this.#scope = {
      self,
      system: self.system,
      id: '',
      sessionId: '',
      logger: nothing,
      defer: nothing,
      emit: nothing,
      stopChild: nothing,
      actionExecutor: (action) => this.#do(action),
    };
  }

  start(input: unknown): Stepped {
    return this.#from({ timers: [], turns: [] }, () => this.#machine.getInitialSnapshot(this.#scope, input as never));
  }

  /** Ends early when the machine does. */
  take(moment: Moment, steps: readonly Step[]): Stepped {
    return this.#from(moment, () => {
      let { snapshot } = moment;
      for (const step of steps) snapshot = this.#step(snapshot, step);
      return snapshot;
    });
  }

  #from({ timers, turns }: Pick<Moment, 'timers' | 'turns'>, act: () => AnyMachineSnapshot): Stepped {
    [this.#timers, this.#turns, this.#effects, this.#taken] = [[...timers], [...turns], [], new Set()];
    const snapshot = act();
    return { snapshot, timers: this.#timers, turns: this.#turns, effects: this.#effects, taken: this.#taken };
  }

  #step(snapshot: AnyMachineSnapshot, step: Step): AnyMachineSnapshot {
    if (step.type === 'WAIT') return this.#wait(snapshot, step.ms as number);
    if (step.type === 'FREEZE') return this.#freeze(snapshot, step.ms as number);
    if (step.type !== 'IO_TURN') return this.#send(snapshot, step);
    const [turn] = this.#turns;
    if (turn === undefined) return snapshot;
    this.#turns = this.#turns.filter((each) => each !== turn);
    return this.#send(snapshot, { type: `xstate.done.actor.${turn}`, output: undefined, actorId: turn } as EventObject);
  }

  /** Each timer fires when it is due. */
  #wait(from: AnyMachineSnapshot, ms: number): AnyMachineSnapshot {
    let snapshot = from;
    let leftMs = ms;
    for (let next = this.#due(leftMs)[0]; next; next = this.#due(leftMs)[0]) {
      leftMs -= next.inMs;
      this.#moveOn(next.inMs);
      snapshot = this.#fire(snapshot, next);
    }
    this.#moveOn(leftMs);
    return snapshot;
  }

  /** Nothing fires on the way; then everything overdue does, once, unless one before it has cancelled it. */
  #freeze(from: AnyMachineSnapshot, ms: number): AnyMachineSnapshot {
    const overdue = this.#due(ms);
    this.#moveOn(ms);
    return overdue.reduce(
      (snapshot, timer) => (this.#due(0).some(({ id }) => id === timer.id) ? this.#fire(snapshot, timer) : snapshot),
      from,
    );
  }

  /** Those that are due within so long, the nearest first; of two at the same instant the elder. */
  #due(withinMs: number): Timer[] {
    return this.#timers.filter(({ inMs }) => inMs <= withinMs).sort((a, b) => a.inMs - b.inMs);
  }

  #moveOn(ms: number): void {
    this.#timers = this.#timers.map((timer) => ({ ...timer, inMs: timer.inMs - ms }));
  }

  #fire(snapshot: AnyMachineSnapshot, { id, event }: Timer): AnyMachineSnapshot {
    this.#timers = this.#timers.filter((timer) => timer.id !== id);
    return this.#send(snapshot, event);
  }

  #send(snapshot: AnyMachineSnapshot, event: EventObject): AnyMachineSnapshot {
    return snapshot.status === 'active' ? this.#machine.transition(snapshot, event, this.#scope) : snapshot;
  }

  /** Timers and actors are kept in the moment, effects are written down. */
  #do({ type, params, info: { context } }: ExecutableActionObject): void {
    const asked = (params ?? {}) as Record<string, unknown>;
    if (type === 'xstate.raise') {
      if (asked.delay !== undefined) {
        this.#timers.push({ id: asked.id as string, inMs: asked.delay as number, event: asked.event as EventObject });
      }
    } else if (type === 'xstate.cancel') this.#timers = this.#timers.filter(({ id }) => id !== asked.sendId);
    else if (type === 'xstate.spawnChild') this.#turns.push(asked.id as string);
    else if (type === 'xstate.stopChild') {
      this.#turns = this.#turns.filter((id) => id !== asked.id);
    } else if (!type.startsWith('xstate.')) {
      const text = this.#words(type, asked, context as never);
      if (text !== null) this.#effects.push(text);
    }
  }
}
