/**
 * Whether the public relays are asked too: only after every configured relay has been out of reach for a while, and only
 * until one of them is back. The wait is counted in polls, since a frozen node does not poll: its own sleep is no outage.
 */
import { assign, setup } from 'xstate';
import { relayTunables as t } from './tunables.js';

/** A configured relay admits us, or none does any more. */
export type FallbackEvent = { type: 'SERVED' } | { type: 'UNSERVED' } | { type: 'CLOSE' };

const effect = () => {};

export const fallbackMachine = setup({
  types: { context: {} as { polls: number }, events: {} as FallbackEvent },
  delays: { FALLBACK_POLL: t.fallbackPollMs },
  guards: { longUnserved: ({ context }) => context.polls + 1 >= t.fallbackPolls },
  actions: {
    /** Dials every public relay. */
    connectFallback: effect,
    /** Leaves every public relay. */
    closeFallback: effect,
    countPoll: assign({ polls: ({ context }) => context.polls + 1 }),
    forgetPolls: assign({ polls: 0 }),
  },
}).createMachine({
  id: 'fallback',
  context: { polls: 0 },
  initial: 'unserved',
  on: { CLOSE: '.closed' },
  states: {
    unserved: {
      on: { SERVED: 'served' },
      after: {
        FALLBACK_POLL: [
          { guard: 'longUnserved', target: 'fallingBack' },
          { target: 'unserved', reenter: true, actions: 'countPoll' },
        ],
      },
    },
    served: { entry: 'forgetPolls', on: { UNSERVED: 'unserved' } },
    fallingBack: { entry: 'connectFallback', exit: 'closeFallback', on: { SERVED: 'served' } },
    closed: { type: 'final' },
  },
  options: { maxIterations: 1000 },
});
