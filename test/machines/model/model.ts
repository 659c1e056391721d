/**
 * What a model of a machine is, and how it is asked.
 *
 * A chart has changed, and these tests fail? The failure says after which words machine and model part, and in what. Find
 * the event in `happen` (peer: also `ofSession`, `ofRival`, peer-signals.ts), or what passes by itself in `fire`,
 * `timerFires` or `boundPasses`, and write what docs/engine.md says now; do not copy the chart. A new state goes into
 * `Place` and its timer into `timerOf`; a new event needs a word in src/paths, or it never happens. A field that decides
 * something new goes into `keyOf` of the test, else too few situations are told apart, and a transition is missed.
 */
import type { Step } from '../../../src/paths/run.js';

/** What a model foretells and what is seen of the machine. */
export interface Sight {
  state: string;
  /** Effects of the last step, in order. */
  effects: string[];
  /** Milliseconds until each armed timer, the nearest first, each length once. */
  dueInMs: number[];
  awaitsTurn: boolean;
  /** Fields of the context that a host or a guard reads. */
  facts: Record<string, unknown>;
}

/** Pure: `after` returns a new state and leaves the old one as it was. */
export interface Model<State> {
  start(): State;
  after(state: State, step: Step): State;
  sight(state: State): Sight;
}
