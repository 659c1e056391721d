/**
 * Presence on the local network (mDNS), beside the relays: when to open, ask, advertise, answer and look after what is
 * known. What is known counts its age in ticks, so that a node's own freeze does not make its neighbours vanish.
 */
import { assign, setup } from 'xstate';
import { lanAskDelayMs, lanTunables as t } from './tunables.js';

export type LanEvent =
  | { type: 'OPENED' }
  /** Sockets cannot be opened, or all of them were lost. */
  | { type: 'FAILED'; reason: string }
  /** We have something new to say of ourselves; from the first time on the network is told that we are here. */
  | { type: 'ANNOUNCE' }
  | { type: 'LEAVE' }
  /** Somebody asks for what we advertise. */
  | { type: 'ASKED' }
  /** Our own process was away, or has other addresses. */
  | { type: 'CHECK' }
  | { type: 'CLOSE' };

export interface LanContext {
  /** Questions since the start or the last check, capped. */
  asked: number;
  askedAgain: boolean;
  isPresent: boolean;
  reason: string;
}

export type LanPhase = 'dialing' | 'admitted' | 'backoff' | 'closed';

/** An effect of the host: it does nothing here and must not throw. */
const effect = (_: { context: LanContext; self: { send(event: LanEvent): void } }) => {};

const lanSetup = setup({
  types: { context: {} as LanContext, events: {} as LanEvent },
  delays: {
    TICK: t.tickMs,
    ASK: ({ context }) => lanAskDelayMs(context.asked),
    ADVERTISE_AGAIN: t.advertiseAgainMs,
    /** The host provides the jittered one: many are asked at once. */
    ANSWER_DELAY: t.answerDelayMs,
    ANSWER_REST: t.answerRestMs,
    RESURFACE: t.resurfaceMs,
    RETRY: t.retryMs,
  },
  guards: {
    isPresent: ({ context }) => context.isPresent,
    askedAgain: ({ context }) => context.askedAgain,
  },
  actions: {
    /** Opens listener and multicast sockets; reports OPENED or FAILED. */
    open: effect,
    /** Closes all of it. */
    shut: effect,
    /** Follows the addresses of this machine; reports FAILED when none is left. */
    followInterfaces: effect,
    /** Asks who is there. */
    ask: effect,
    /** Says what we are, unasked. */
    advertise: effect,
    /** Says it because somebody asked. */
    answer: effect,
    sayGoodbye: effect,
    /** One tick has passed for everything that ages: what is known, connections, dials. */
    tick: effect,
    /** Tells of every known neighbour once more. */
    resurface: effect,
    report: (_, _params: { phase: LanPhase }) => {},

    takeReason: assign(({ event }) => ('reason' in event ? { reason: event.reason } : {})),
    because: assign((_, params: { reason: string }) => ({ reason: params.reason })),
    countAsk: assign({ asked: ({ context }) => Math.min(context.asked + 1, t.askSteps) }),
    forgetAsks: assign({ asked: 0 }),
    noteAskedAgain: assign({ askedAgain: true }),
    takeAskedAgain: assign({ askedAgain: false }),
    appear: assign({ isPresent: true }),
    disappear: assign({ isPresent: false }),
  },
});

const asking = lanSetup.createStateConfig({
  initial: 'waiting',
  entry: ['forgetAsks', 'ask'],
  states: {
    waiting: { entry: 'countAsk', after: { ASK: { target: 'waiting', reenter: true, actions: 'ask' } } },
  },
  on: { CHECK: { target: '.waiting', actions: ['followInterfaces', 'forgetAsks', 'ask'] } },
});

/** Unasked and twice, since multicast is lost easily. After a pause of ours the others look at us anew. */
const presence = lanSetup.createStateConfig({
  initial: 'absent',
  states: {
    absent: { entry: 'disappear', on: { ANNOUNCE: 'appearing' } },
    appearing: {
      entry: ['appear', 'advertise'],
      after: { ADVERTISE_AGAIN: { target: 'present', actions: 'advertise' } },
      on: {
        ANNOUNCE: { target: 'appearing', reenter: true },
        LEAVE: { target: 'absent', actions: 'sayGoodbye' },
      },
    },
    present: {
      on: { ANNOUNCE: 'appearing', CHECK: 'appearing', LEAVE: { target: 'absent', actions: 'sayGoodbye' } },
    },
  },
});

/** All who ask within the delay get one answer, and nobody makes us say the same more than about once a second. */
const answering = lanSetup.createStateConfig({
  initial: 'quiet',
  states: {
    quiet: { on: { ASKED: { guard: 'isPresent', target: 'collecting' } } },
    collecting: { after: { ANSWER_DELAY: { target: 'resting', actions: 'answer' } } },
    resting: {
      entry: 'takeAskedAgain',
      on: { ASKED: { actions: 'noteAskedAgain' } },
      after: { ANSWER_REST: [{ guard: 'askedAgain', target: 'collecting' }, { target: 'quiet' }] },
    },
  },
});

export const lanMachine = lanSetup.createMachine({
  id: 'lan',
  context: { asked: 0, askedAgain: false, isPresent: false, reason: 'start' },
  initial: 'opening',
  on: { CLOSE: '.closed' },
  states: {
    opening: {
      entry: [{ type: 'report', params: { phase: 'dialing' } }, 'open'],
      on: {
        OPENED: { target: 'open', actions: { type: 'because', params: { reason: 'open' } } },
        FAILED: { target: 'broken', actions: 'takeReason' },
      },
    },
    open: {
      type: 'parallel',
      entry: { type: 'report', params: { phase: 'admitted' } },
      on: { FAILED: { target: 'broken', actions: 'takeReason' } },
      states: {
        asking,
        presence,
        answering,
        ticking: {
          initial: 'counting',
          states: { counting: { after: { TICK: { target: 'counting', reenter: true, actions: 'tick' } } } },
        },
        resurfacing: {
          initial: 'waiting',
          states: {
            waiting: {
              after: {
                RESURFACE: { target: 'waiting', reenter: true, actions: ['followInterfaces', 'resurface'] },
              },
            },
          },
        },
      },
    },
    broken: {
      entry: ['shut', { type: 'report', params: { phase: 'backoff' } }],
      on: { CHECK: { target: 'opening', actions: { type: 'because', params: { reason: 'check' } } } },
      after: { RETRY: { target: 'opening', actions: { type: 'because', params: { reason: 'retry' } } } },
    },
    closed: { type: 'final', entry: ['shut', { type: 'report', params: { phase: 'closed' } }] },
  },
  options: { maxIterations: 1000 },
});
