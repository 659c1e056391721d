/**
 * The connection to one relay. A relay that falls silent is replaced make-before-break: upstream's relays tell the room
 * that we left when our socket closes, and every upstream peer then drops its live session with us.
 */
import { assign, setup } from 'xstate';
import { newRelayContext, type RelayContext, type RelayEvent, type RelayInput } from './relay-events.js';
import { relayBackoffMs, relayTunables as t } from './tunables.js';

const socketOf = (event: RelayEvent): number => ('socket' in event ? event.socket : 0);
const isAbout = (socket: number, event: RelayEvent) => socket !== 0 && socketOf(event) === socket;

/** An effect of the host: it does nothing here, is provided once for all relays of a network, and must not throw. */
const effect = (_: { context: RelayContext; self: { send(event: RelayEvent): void } }) => {};

export type RelayPhase = 'dialing' | 'subscribing' | 'admitted' | 'backoff' | 'closed';

const relaySetup = setup({
  types: { input: {} as RelayInput, context: {} as RelayContext, events: {} as RelayEvent },
  delays: {
    CONNECT_TIMEOUT: t.connectTimeoutMs,
    ADMISSION_TIMEOUT: t.admissionTimeoutMs,
    PING_INTERVAL: t.pingIntervalMs,
    PING_TIMEOUT: t.pingTimeoutMs,
    CHECK_TIMEOUT: t.checkTimeoutMs,
    STABLE: t.stableMs,
    RETIRE_TIMEOUT: t.retireTimeoutMs,
    /** The host provides the jittered one. */
    BACKOFF: ({ context }) => relayBackoffMs(context.attempt),
  },
  guards: {
    isSocket: ({ context, event }) => isAbout(context.socket, event),
    isSpare: ({ context, event }) => isAbout(context.spare, event),
    isRetiring: ({ context, event }) => isAbout(context.retiring, event),
    socketRefusesBoth: ({ context, event }) => context.split && isAbout(context.socket, event),
    spareRefusesBoth: ({ context, event }) => context.split && isAbout(context.spare, event),
    replacedInVain: ({ context }) => context.attempt >= t.replaceAttempts,
    spareLostInVain: ({ context, event }) => context.attempt >= t.replaceAttempts && isAbout(context.spare, event),
  },
  actions: {
    /** Opens a socket to `context.url`, named `spare` if there is one, else `socket`; reports OPENED or LOST. */
    dial: effect,
    /** Sends our subscription on that same socket; reports SUBSCRIBED or REFUSED. */
    subscribe: effect,
    /** Pings `context.socket`; reports PONG. */
    ping: effect,
    /** Closes every socket that the context no longer names. */
    closeStraySockets: effect,
    /** The relay has admitted `context.socket`: what is sent on it from now on is heard. */
    admit: effect,
    report: (_, _params: { phase: RelayPhase }) => {},

    because: assign((_, params: { reason: string }) => ({ reason: params.reason })),
    takeReason: assign(({ event }) => ('reason' in event ? { reason: event.reason } : {})),
    nameSocket: assign(({ context }) => ({
      lastSocket: context.lastSocket + 1,
      socket: context.lastSocket + 1,
      spare: 0,
      retiring: 0,
    })),
    nameSpare: assign(({ context }) => ({ lastSocket: context.lastSocket + 1, spare: context.lastSocket + 1 })),
    promoteSpare: assign(({ context }) => ({ socket: context.spare, spare: 0, retiring: context.socket })),
    forgetSpare: assign({ spare: 0 }),
    forgetRetiring: assign({ retiring: 0 }),
    forgetSockets: assign({ socket: 0, spare: 0, retiring: 0 }),
    splitSubscription: assign({ split: true }),
    joinSubscription: assign({ split: false }),
    countAttempt: assign(({ context }) => ({ attempt: Math.min(context.attempt + 1, t.attemptCap) })),
    clearAttempts: assign({ attempt: 0 }),
  },
});

/** No socket is in use: open one. A dial that was under way during a pause of ours is not trusted, but made anew. */
const dialing = relaySetup.createStateConfig({
  entry: ['nameSocket', 'closeStraySockets', 'dial', { type: 'report', params: { phase: 'dialing' } }],
  on: {
    OPENED: [{ guard: 'isSocket', target: 'subscribing' }, {}],
    LOST: [{ guard: 'isSocket', target: 'backoff', actions: 'takeReason' }, {}],
    CHECK: { target: 'dialing', reenter: true, actions: { type: 'because', params: { reason: 'check' } } },
  },
  after: {
    CONNECT_TIMEOUT: { target: 'backoff', actions: { type: 'because', params: { reason: 'connect timeout' } } },
  },
});

const subscribing = relaySetup.createStateConfig({
  entry: ['subscribe', { type: 'report', params: { phase: 'subscribing' } }],
  on: {
    SUBSCRIBED: [
      { guard: 'isSocket', target: 'admitted', actions: { type: 'because', params: { reason: 'subscribed' } } },
      {},
    ],
    REFUSED: [
      { guard: 'socketRefusesBoth', target: 'backoff', actions: ['joinSubscription', 'takeReason'] },
      { guard: 'isSocket', target: 'subscribing', reenter: true, actions: ['splitSubscription', 'takeReason'] },
      {},
    ],
    LOST: [{ guard: 'isSocket', target: 'backoff', actions: 'takeReason' }, {}],
    CHECK: { target: 'dialing', actions: { type: 'because', params: { reason: 'check' } } },
  },
  after: {
    ADMISSION_TIMEOUT: {
      target: 'backoff',
      actions: { type: 'because', params: { reason: 'no answer to the subscription' } },
    },
  },
});

const idle = relaySetup.createStateConfig({
  entry: { type: 'report', params: { phase: 'admitted' } },
  on: { CHECK: { target: 'checking' } },
  after: { PING_INTERVAL: { target: 'pinging' }, STABLE: { actions: 'clearAttempts' } },
});

/** A routine ping is out. Losing the socket now is news that somebody waits for: dial at once. */
const pinging = relaySetup.createStateConfig({
  entry: 'ping',
  on: {
    PONG: [{ guard: 'isSocket', target: 'idle' }, {}],
    LOST: [{ guard: 'isSocket', target: '#relay.dialing', actions: 'takeReason' }, {}],
    CHECK: { target: 'checking' },
  },
  after: {
    PING_TIMEOUT: { target: 'replacing', actions: { type: 'because', params: { reason: 'ping unanswered' } } },
  },
});

/** The ping after a pause of our own. */
const checking = relaySetup.createStateConfig({
  entry: 'ping',
  on: {
    PONG: [{ guard: 'isSocket', target: 'idle' }, {}],
    LOST: [{ guard: 'isSocket', target: '#relay.dialing', actions: 'takeReason' }, {}],
  },
  after: {
    CHECK_TIMEOUT: { target: 'replacing', actions: { type: 'because', params: { reason: 'check unanswered' } } },
  },
});

/** The socket in use answers no ping. It stays open while a second one is dialled; a late pong ends the replacement. */
const replacing = relaySetup.createStateConfig({
  initial: 'dialing',
  on: {
    PONG: [
      {
        guard: 'isSocket',
        target: 'idle',
        actions: ['forgetSpare', 'closeStraySockets', { type: 'because', params: { reason: 'late pong' } }],
      },
      {},
    ],
    LOST: [
      { guard: 'isSocket', target: '#relay.dialing', actions: 'takeReason' },
      { guard: 'spareLostInVain', target: '#relay.backoff', actions: 'takeReason' },
      { guard: 'isSpare', target: '.waiting', actions: 'takeReason' },
      {},
    ],
  },
  states: {
    dialing: {
      entry: ['nameSpare', 'closeStraySockets', 'dial', 'ping', { type: 'report', params: { phase: 'dialing' } }],
      on: {
        OPENED: [{ guard: 'isSpare', target: 'subscribing' }, {}],
        CHECK: { target: 'dialing', reenter: true },
      },
      after: {
        CONNECT_TIMEOUT: [
          {
            guard: 'replacedInVain',
            target: '#relay.backoff',
            actions: { type: 'because', params: { reason: 'connect timeout' } },
          },
          { target: 'waiting', actions: { type: 'because', params: { reason: 'connect timeout' } } },
        ],
      },
    },
    subscribing: {
      entry: ['subscribe', { type: 'report', params: { phase: 'subscribing' } }],
      on: {
        SUBSCRIBED: [
          {
            guard: 'isSpare',
            target: '#relay.admitted.retiring',
            actions: ['promoteSpare', 'admit', { type: 'because', params: { reason: 'replaced' } }],
          },
          {},
        ],
        REFUSED: [
          { guard: 'spareRefusesBoth', target: 'waiting', actions: ['joinSubscription', 'takeReason'] },
          { guard: 'isSpare', target: 'subscribing', reenter: true, actions: ['splitSubscription', 'takeReason'] },
        ],
        CHECK: { target: 'dialing' },
      },
      after: {
        ADMISSION_TIMEOUT: [
          {
            guard: 'replacedInVain',
            target: '#relay.backoff',
            actions: { type: 'because', params: { reason: 'no answer to the subscription' } },
          },
          { target: 'waiting', actions: { type: 'because', params: { reason: 'no answer to the subscription' } } },
        ],
      },
    },
    waiting: {
      entry: ['forgetSpare', 'countAttempt', 'closeStraySockets', { type: 'report', params: { phase: 'backoff' } }],
      on: { CHECK: { target: 'dialing' } },
      after: { BACKOFF: { target: 'dialing' } },
    },
  },
});

/** The new socket serves; the old one closes once the relay has heard our announce on the new one. */
const retiring = relaySetup.createStateConfig({
  entry: { type: 'report', params: { phase: 'admitted' } },
  exit: ['forgetRetiring', 'closeStraySockets'],
  on: {
    ANNOUNCED: [{ guard: 'isSocket', target: 'idle' }, {}],
    LOST: [
      { guard: 'isSocket', target: '#relay.backoff', actions: 'takeReason' },
      { guard: 'isRetiring', target: 'idle' },
      {},
    ],
    CHECK: { target: 'checking' },
  },
  after: { RETIRE_TIMEOUT: { target: 'idle' } },
});

const admitted = relaySetup.createStateConfig({
  entry: 'admit',
  initial: 'idle',
  states: { idle, pinging, checking, replacing, retiring },
  on: {
    LOST: [{ guard: 'isSocket', target: 'backoff', actions: 'takeReason' }, {}],
    REFUSED: [
      { guard: 'socketRefusesBoth', target: 'backoff', actions: ['joinSubscription', 'takeReason'] },
      {
        guard: 'isSocket',
        target: 'subscribing',
        actions: ['forgetSpare', 'closeStraySockets', 'splitSubscription', 'takeReason'],
      },
      {},
    ],
  },
});

const backoff = relaySetup.createStateConfig({
  entry: ['forgetSockets', 'countAttempt', 'closeStraySockets', { type: 'report', params: { phase: 'backoff' } }],
  on: { CHECK: { target: 'dialing', actions: { type: 'because', params: { reason: 'check' } } } },
  after: { BACKOFF: { target: 'dialing', actions: { type: 'because', params: { reason: 'backoff over' } } } },
});

export const relayMachine = relaySetup.createMachine({
  id: 'relay',
  context: ({ input }) => newRelayContext(input),
  initial: 'dialing',
  on: { CLOSE: '.closed' },
  states: {
    dialing,
    subscribing,
    admitted,
    backoff,
    closed: {
      type: 'final',
      entry: ['forgetSockets', 'closeStraySockets', { type: 'report', params: { phase: 'closed' } }],
    },
  },
  options: { maxIterations: 1000 },
});
