/** What the generator must know about a machine to walk its graph and to tell about it. */
import type { EffectWords, Step } from './run.js';

/** Where a run stands, as far as the choice of the next step depends on it. */
export interface View<Context> {
  /** `active.steady`; of regions side by side all: `aftercare.ready + attention.watching`. */
  state: string;
  context: Context;
  /** Milliseconds until each armed timer, the nearest first. */
  dueInMs: readonly number[];
  /** An I/O turn has begun and not ended. */
  awaitsTurn: boolean;
}

/** One edge of the graph: a single step, or a run of them that only counts as a whole. */
export interface Word {
  type: string;
  steps: Step[];
}

export interface Subject<Context> {
  /** Inputs to start from, with what is particular about each; together they reach every transition. */
  starts: { words: string; input: unknown }[];
  /** What may happen next. Each `type` once. */
  words(view: View<Context>): Word[];
  /** Two situations with the same key are one node of the graph: what decides in this state, and no more. */
  key(view: View<Context>): string;
  effect: EffectWords;
  /** What is particular about the situation, in words. */
  traits(view: View<Context>): string[];
}

export const word = (type: string, ...steps: (Step | { type: string })[]): Word => ({
  type,
  steps: steps as Step[],
});

export const duration = (ms: number): string => (ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`);

/** The passing of time up to each armed timer, and the end of an I/O turn. */
export const timeWords = ({ dueInMs, awaitsTurn }: View<unknown>): Word[] => [
  ...dueInMs.map((ms) => word(`${duration(ms)} pass`, { type: 'WAIT', ms })),
  ...(awaitsTurn ? [word('sockets are read', { type: 'IO_TURN' })] : []),
];
