/** What a chart consists of: its states and its transitions, eventless ones and timers included. */
import type { AnyStateMachine, StateValue } from 'xstate';

type StateNode = AnyStateMachine['root'];

/** Every state node of the chart, the root first. */
export function allNodes(machine: AnyStateMachine): StateNode[] {
  const below = (node: StateNode): StateNode[] => [node, ...Object.values(node.states).flatMap(below)];
  return below(machine.root);
}

/** Every transition of the chart, by identity, with a name made of its place and rank: `peer.active ANNOUNCED #1`. */
export function allTransitions(machine: AnyStateMachine): Map<object, string> {
  const found = new Map<object, string>();
  for (const node of allNodes(machine)) {
    for (const [type, transitions] of [...node.transitions, ['always', node.always ?? []] as const]) {
      for (const [rank, transition] of transitions.entries()) {
        found.set(transition, `${node.id} ${readable(type)} #${rank + 1}`);
      }
    }
  }
  return found;
}

/** `xstate.after.PROBE.peer.active.verifying` → `after PROBE`; the end of an invoked actor → `done`. */
function readable(eventType: string): string {
  const delay = /^xstate\.after\.([^.]+)\./.exec(eventType)?.[1];
  if (delay !== undefined) return `after ${delay}`;
  return /^xstate\.done\.actor\.\d/.test(eventType) ? 'done' : eventType;
}

/** `active.steady`; regions side by side in alphabetical order: `aftercare.ready + attention.watching`. */
export function stateName(value: StateValue): string {
  if (typeof value === 'string') return value;
  const states = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)); // in a snapshot they come in any order
  return states.map(([state, inner]) => (inner === undefined ? state : `${state}.${stateName(inner)}`)).join(' + ');
}
