/**
 * Somebody waits for the word of a peer: an answer to a call, the receipt of a message. He gets exactly one outcome, in
 * bounded time. Time is counted in sweeps of the node, so a freeze of our own is not charged to the peer.
 */
import { assign, fromPromise, setup } from 'xstate';
import { tunables as t } from './tunables.js';

export type WaitEvent =
  /** One sweep has passed. */
  | { type: 'TICK' }
  /** A part of the answer came: the rest has the whole time again. */
  | { type: 'PROGRESS' }
  /** The outcome is known: an answer, a receipt, or that there will be none. */
  | { type: 'SETTLED' };

export interface WaitContext {
  limitTicks: number;
  waitedTicks: number;
  expired: boolean;
}

const waitSetup = setup({
  types: {
    input: {} as { limitMs: number },
    context: {} as WaitContext,
    events: {} as WaitEvent,
    output: {} as { expired: boolean },
  },
  actors: { ioTurn: fromPromise<void>(async () => {}) },
  guards: { limitReached: ({ context }) => context.waitedTicks > context.limitTicks },
  actions: {
    countTick: assign({ waitedTicks: ({ context }) => context.waitedTicks + 1 }),
    startAnew: assign({ waitedTicks: 0 }),
    expire: assign({ expired: true }),
  },
});

export const waitMachine = waitSetup.createMachine({
  id: 'wait',
  context: ({ input }) => ({ limitTicks: Math.ceil(input.limitMs / t.sweepMs), waitedTicks: 0, expired: false }),
  initial: 'waiting',
  on: { SETTLED: '.settled' },
  states: {
    waiting: {
      on: { TICK: { actions: 'countTick' }, PROGRESS: { actions: 'startAnew' } },
      // The first tick may come at once, so the limit is passed only with the tick after it: never early, one tick late.
      always: { guard: 'limitReached', target: 'judging' },
    },
    /** The answer may wait in the socket behind a timer that a freeze made late. */
    judging: {
      on: { PROGRESS: { target: 'waiting', actions: 'startAnew' } },
      invoke: { src: 'ioTurn', onDone: 'expired' },
    },
    settled: { type: 'final' },
    expired: { type: 'final', entry: 'expire' },
  },
  output: ({ context }) => ({ expired: context.expired }),
  options: { maxIterations: 1000 },
});
