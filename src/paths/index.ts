/**
 * Transition tests of the machines, generated from the machines: for each transition of a chart a shortest path that takes
 * it. Play them on your own build of a machine, with your effects, and see that each still ends where it did.
 */
import type { AnyStateMachine } from 'xstate';
import { stateName } from './chart.js';
import { explore, type Outcome, type TransitionPath } from './explore.js';
import { nodeSubject } from './node-subject.js';
import { peerSubject } from './peer-subject.js';
import { relaySubject } from './relay-subject.js';
import { Rig } from './run.js';
import type { Subject } from './subject.js';

export type { Outcome, TransitionPath } from './explore.js';
export type { Step } from './run.js';

const SUBJECTS: Record<string, Subject<never>> = { peer: peerSubject, node: nodeSubject, relay: relaySubject };

function subjectOf({ id }: AnyStateMachine): Subject<object> {
  const subject = SUBJECTS[id];
  if (!subject) throw new RangeError(`no paths for a machine "${id}": known are ${Object.keys(SUBJECTS).join(', ')}`);
  return subject as Subject<object>;
}

/**
 * Paths that together take every transition of `peerMachine`, `nodeMachine` or `relayMachine`, always the same and in
 * the same order. Takes seconds for the peer. Throws RangeError for any other machine, and what an effect throws.
 */
export const transitionPaths = (machine: AnyStateMachine): TransitionPath[] => explore(machine, subjectOf(machine));

/** Plays a path on a machine with its own effects, in virtual time. Throws what an effect throws. */
export function replay(machine: AnyStateMachine, { input, words }: TransitionPath): Outcome {
  const run = new Rig(machine, subjectOf(machine).effect).start(input);
  let effects: string[] = run.begun;
  for (const steps of words) {
    effects = [];
    for (const step of steps) if (run.snapshot.status === 'active') effects.push(...run.step(step));
  }
  const { value, context } = run.snapshot;
  run.stop();
  return { state: stateName(value), effects, context };
}
