/**
 * The pace of what we send to one relay. A wake with twenty peers would exceed at once what a relay takes, and it drops
 * the excess without a word. The host keeps the frames and their order; decided here is when the next one goes.
 */
import { assign, setup } from 'xstate';
import { relayTunables as t } from './tunables.js';

/** `FRAME`: one more frame wants to go. */
export type OutflowEvent = { type: 'FRAME' } | { type: 'CLOSE' };

export interface OutflowContext {
  /** Frames that may go at once. */
  allowance: number;
  /** Frames that wait. */
  waiting: number;
}

export const outflowMachine = setup({
  types: { context: {} as OutflowContext, events: {} as OutflowEvent },
  delays: { FRAME_INTERVAL: t.frameIntervalMs },
  guards: {
    mayGo: ({ context }) => context.allowance > 0,
    oneIsMissing: ({ context }) => context.allowance >= t.frameBurst - 1,
    oneWaits: ({ context }) => context.waiting <= 1,
  },
  actions: {
    /** Sends the next of the host's frames, if it has any. Must not throw. */
    writeNext: () => {},
    spend: assign({ allowance: ({ context }) => context.allowance - 1 }),
    gain: assign({ allowance: ({ context }) => context.allowance + 1 }),
    /** The host drops what exceeds its lanes, so more than these never wait. */
    countIn: assign({ waiting: ({ context }) => Math.min(context.waiting + 1, 2 * t.frameLane) }),
    countOut: assign({ waiting: ({ context }) => context.waiting - 1 }),
  },
}).createMachine({
  id: 'outflow',
  context: { allowance: t.frameBurst, waiting: 0 },
  initial: 'full',
  on: { CLOSE: '.closed' },
  states: {
    full: { on: { FRAME: { target: 'refilling', actions: ['spend', 'writeNext'] } } },
    refilling: {
      on: {
        FRAME: [
          { guard: 'mayGo', actions: ['spend', 'writeNext'] },
          { target: 'spent', actions: 'countIn' },
        ],
      },
      after: {
        FRAME_INTERVAL: [
          { guard: 'oneIsMissing', target: 'full', actions: 'gain' },
          { target: 'refilling', reenter: true, actions: 'gain' },
        ],
      },
    },
    spent: {
      on: { FRAME: { actions: 'countIn' } },
      after: {
        FRAME_INTERVAL: [
          { guard: 'oneWaits', target: 'refilling', actions: ['countOut', 'writeNext'] },
          { target: 'spent', reenter: true, actions: ['countOut', 'writeNext'] },
        ],
      },
    },
    closed: { type: 'final' },
  },
  options: { maxIterations: 1000 },
});
