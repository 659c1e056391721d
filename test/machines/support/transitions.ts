/** Counts which transitions of a chart were taken: eventless ones, timers and ends of invoked actors included. */
import type { AnyStateMachine, InspectionEvent } from 'xstate';

type StateNode = AnyStateMachine['root'];

/** Every state node of the chart, the root first. */
export function allNodes(machine: AnyStateMachine): StateNode[] {
  const below = (node: StateNode): StateNode[] => [node, ...Object.values(node.states).flatMap(below)];
  return below(machine.root);
}

/** Every transition of the chart, by identity, with a name made of its place and rank. */
export function allTransitions(machine: AnyStateMachine): Map<object, string> {
  const found = new Map<object, string>();
  for (const node of allNodes(machine)) {
    for (const [type, transitions] of [...node.transitions, ['always', node.always ?? []] as const]) {
      for (const [rank, transition] of transitions.entries()) found.set(transition, `${node.id} ${type} [${rank}]`);
    }
  }
  return found;
}

/** An inspector that adds what was taken to `taken` and remembers the event type of the last one. */
export class Recorder {
  lastType = '';
  readonly taken: Set<object>;

  constructor(taken: Set<object>) {
    this.taken = taken;
  }

  readonly inspect = (inspected: InspectionEvent): void => {
    if (inspected.type !== '@xstate.microstep') return;
    for (const transition of inspected._transitions) {
      this.taken.add(transition);
      if (transition.eventType !== '') this.lastType = transition.eventType;
    }
  };
}
