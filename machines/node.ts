/**
 * One joined network: wake watch, address watch, sweep, announce cadence and the one limiter of all announces. Peers and relays are
 * actors of their own, adopted by this one; effects on them are named actions, provided by the mesh.
 */
import { assign, fromPromise, setup } from 'xstate';
import { type ClockSample, type Pause, pauseBetween } from './clocks.js';
import { tunables as t } from './tunables.js';

/** Why everybody is asked: we were away, the embedder says that we are back, our addresses have changed. */
export type WakeCause = 'wake' | 'resume' | 'network-changed';
export type AnnounceReason = WakeCause | 'cadence' | 'reflection' | 'seek' | 'reconnect';

export type NodeEvent =
  /** What the clocks read; asked for by `readClocks`. */
  | ({ type: 'CLOCKS' } & ClockSample)
  /** The addresses that this machine has, in order; empty without a network. Asked for by `readAddresses`. */
  | { type: 'ADDRESSES'; addresses: string[] }
  /** Somebody wants an announce. `fresh`: it answers a device or boot id not seen before. */
  | { type: 'ANNOUNCE'; reason: AnnounceReason; fresh: boolean }
  /** A relay hears us from now on. */
  | { type: 'RELAY_ADMITTED'; url: string }
  /** A relay has answered a check: it still hears us. */
  | { type: 'RELAY_ANSWERED' }
  /** The embedder says that the machine is about to sleep, has woken, or has another address. */
  | { type: 'SUSPEND' }
  | { type: 'RESUME' }
  | { type: 'NETWORK_CHANGED' }
  /** The user wants every path renewed. */
  | { type: 'RECONNECT' }
  /** We were away and the sockets have been read. */
  | { type: 'WOKE' }
  // Adopted peers and relays report their end to their parent; the mesh has its own ears for it.
  | { type: 'xstate.done.actor.*' }
  | { type: 'xstate.error.actor.*'; error: unknown };

export interface NodeContext {
  /** The last look at the clocks, null before the first. */
  clocks: ClockSample | null;
  /** Seen and not told yet. */
  pause: Pause | null;
  /** Why everybody was asked last. */
  cause: WakeCause;
  /** As they were at the last look, null before the first. */
  addresses: string[] | null;
  /** The announce that waits for the cooldown, null = none. */
  pending: AnnounceReason | null;
  /** Announces that may still pass the cooldown. */
  freshLeft: number;
  /** Another wake came while the care for the last one was cooling down. */
  wokeAgain: boolean;
}

const pauseOf = (context: NodeContext, event: NodeEvent): Pause | null =>
  event.type === 'CLOCKS' && context.clocks !== null ? pauseBetween(context.clocks, event, t.watchMs) : null;

const sameAddresses = ({ addresses }: NodeContext, event: NodeEvent) =>
  event.type === 'ADDRESSES' && addresses !== null && addresses.join() === event.addresses.join();

const effect = () => {};

const vocabulary = setup({
  types: { context: {} as NodeContext, events: {} as NodeEvent },
  actors: { ioTurn: fromPromise<void>(async () => {}) },
  delays: {
    WATCH: t.watchMs,
    ADDRESS_WATCH: t.addressWatchMs,
    RENEW_WAIT: t.renewWaitMs,
    SWEEP: t.sweepMs,
    WAKE_COALESCE: t.wakeCoalesceMs,
    FIRST_ANNOUNCE: t.firstAnnounceMs,
    /** The host provides the jittered one. */
    STEADY_ANNOUNCE: t.steadyAnnounceMs,
    ANNOUNCE_COOLDOWN: t.announceCooldownMs,
  },
  guards: {
    wasAway: ({ context, event }) => (pauseOf(context, event)?.ms ?? 0) >= t.pauseMs,
    wokeAgain: ({ context }) => context.wokeAgain,
    wokeFromPause: ({ context }) => context.pause !== null,
    networkChanged: ({ context }) => context.cause === 'network-changed',
    firstLook: ({ context }) => context.addresses === null,
    sameAddresses: ({ context, event }) => sameAddresses(context, event),
    lostAllAddresses: ({ event }) => event.type === 'ADDRESSES' && event.addresses.length === 0,
    announcePending: ({ context }) => context.pending !== null,
    mayPassCooldown: ({ context, event }) => event.type === 'ANNOUNCE' && event.fresh && context.freshLeft > 0,
  },
  actions: {
    // Effects
    /** Answers with CLOCKS. */
    readClocks: effect,
    /** Answers with ADDRESSES. */
    readAddresses: effect,
    /** Sends each peer that said nothing since the last sweep a TICK. */
    sweep: effect,
    /** Rebases the silence of every peer and pings it. */
    wakePeers: effect,
    checkRelays: effect,
    /** Renews the paths that begin at an address that this machine has lost. */
    renewLostPaths: effect,
    renewAllPaths: effect,
    publishAnnounce: (_: unknown, _params: { reason: AnnounceReason }) => {},
    announceOn: (_: unknown, _params: { url: string }) => {},
    reportWake: (_: unknown, _params: Pause) => {},
    reportAddresses: (_: unknown, _params: { addresses: string[] }) => {},

    noteClocks: assign({
      clocks: ({ context, event }) =>
        event.type === 'CLOCKS' ? { monoMs: event.monoMs, wallMs: event.wallMs, bootMs: event.bootMs } : context.clocks,
    }),
    notePause: assign({ pause: ({ context, event }) => pauseOf(context, event), cause: 'wake' }),
    noteResume: assign({ pause: { ms: 0, kind: 'suspended' } as Pause, clocks: null, cause: 'resume' }),
    noteNetworkChange: assign({ cause: 'network-changed' }),
    takePause: assign({ pause: null }),
    noteAddresses: assign({
      addresses: ({ context, event }) => (event.type === 'ADDRESSES' ? event.addresses : context.addresses),
    }),
    /** Nobody answers a reflection, so an announce that asks for answers does not become one while it waits. */
    awaitCooldown: assign({
      pending: ({ context, event }) =>
        event.type !== 'ANNOUNCE' || (event.reason === 'reflection' && context.pending)
          ? context.pending
          : event.reason,
    }),
    takePending: assign({ pending: null }),
    spendFresh: assign({ freshLeft: ({ context }) => context.freshLeft - 1 }),
    refillFresh: assign({ freshLeft: t.freshAnnounces }),
    noteWokeAgain: assign({ wokeAgain: true }),
    takeWokeAgain: assign({ wokeAgain: false }),
  },
});

const ask = (reason: AnnounceReason) => vocabulary.raise({ type: 'ANNOUNCE', reason, fresh: false });
const nodeSetup = vocabulary.extend({
  actions: {
    sayWoke: vocabulary.raise({ type: 'WOKE' }),
    sayNetworkChanged: vocabulary.raise({ type: 'NETWORK_CHANGED' }),
    announceInCadence: ask('cadence'),
    announceReconnect: ask('reconnect'),
    announceWake: vocabulary.raise(({ context }) => ({ type: 'ANNOUNCE', reason: context.cause, fresh: false })),
  },
});

const publishAsked = {
  type: 'publishAnnounce',
  params: ({ event }: { event: NodeEvent }) => ({ reason: event.type === 'ANNOUNCE' ? event.reason : 'cadence' }),
} as const;
const publishPending = {
  type: 'publishAnnounce',
  params: ({ context }: { context: NodeContext }) => ({ reason: context.pending ?? 'cadence' }),
} as const;
const announceOnRelay = {
  type: 'announceOn',
  params: ({ event }: { event: NodeEvent }) => ({ url: event.type === 'RELAY_ADMITTED' ? event.url : '' }),
} as const;
const reportWake = {
  type: 'reportWake',
  params: ({ context }: { context: NodeContext }) => context.pause ?? { ms: 0, kind: 'frozen' },
} as const;
const reportAddresses = {
  type: 'reportAddresses',
  params: ({ context }: { context: NodeContext }) => ({ addresses: context.addresses ?? [] }),
} as const;

/** Late timers betray a freeze, diverging clocks a suspend. Nobody is asked or judged before the sockets were read. */
const attention = nodeSetup.createStateConfig({
  initial: 'sampling',
  on: {
    SUSPEND: '.suspended',
    NETWORK_CHANGED: { target: '.settling', actions: 'noteNetworkChange' },
  },
  states: {
    watching: { after: { WATCH: 'sampling' } },
    sampling: {
      entry: 'readClocks',
      on: {
        CLOCKS: [
          { guard: 'wasAway', target: 'settling', actions: ['notePause', 'noteClocks'] },
          { target: 'watching', actions: 'noteClocks' },
        ],
      },
    },
    settling: {
      invoke: {
        src: 'ioTurn',
        onDone: [
          { guard: 'wokeFromPause', target: 'sampling', actions: [reportWake, 'takePause', 'wakePeers', 'sayWoke'] },
          { target: 'sampling', actions: ['wakePeers', 'sayWoke'] },
        ],
      },
    },
    /** No clock is watched, no silence counted: the embedder says when to go on. */
    suspended: {
      on: {
        RESUME: { target: 'settling', actions: 'noteResume' },
        // A machine that falls asleep takes its network down first; waking then would leave us awake without sweeps.
        NETWORK_CHANGED: {},
      },
    },
  },
});

/** The system tells a process of Node nothing: the addresses are looked at. The first look is silent. */
const addressing = nodeSetup.createStateConfig({
  initial: 'looking',
  states: {
    looking: {
      entry: 'readAddresses',
      on: {
        ADDRESSES: [
          { guard: 'firstLook', target: 'waiting', actions: 'noteAddresses' },
          { guard: 'sameAddresses', target: 'waiting' },
          // There is nobody to ask. Silence counts, and the next address ends it.
          { guard: 'lostAllAddresses', target: 'waiting', actions: ['noteAddresses', reportAddresses] },
          { target: 'waiting', actions: ['noteAddresses', reportAddresses, 'sayNetworkChanged'] },
        ],
      },
    },
    waiting: { on: { WOKE: 'looking' }, after: { ADDRESS_WATCH: 'looking' } },
  },
});

/**
 * A path whose address is gone needs no probe to be judged, but a relay that carries the offer: the first one that
 * answers the check after a wake. Where none does, other ways may, and the offer waits for the relays.
 */
const renewing = nodeSetup.createStateConfig({
  initial: 'idle',
  states: {
    idle: { on: { WOKE: 'awaitingRelay' } },
    awaitingRelay: {
      on: {
        RELAY_ADMITTED: { target: 'idle', actions: [announceOnRelay, 'renewLostPaths'] },
        RELAY_ANSWERED: { target: 'idle', actions: 'renewLostPaths' },
      },
      after: { RENEW_WAIT: { target: 'idle', actions: 'renewLostPaths' } },
    },
  },
});

/**
 * Relay checks and announces after wakes that follow one another closely are done once, and once more at the end; but
 * at once when the network has changed, since its return is what everybody waits for.
 */
const aftercare = nodeSetup.createStateConfig({
  initial: 'ready',
  states: {
    ready: { on: { WOKE: { target: 'cooling', actions: ['checkRelays', 'announceWake'] } } },
    cooling: {
      entry: 'takeWokeAgain',
      on: {
        WOKE: [
          { guard: 'networkChanged', target: 'cooling', reenter: true, actions: ['checkRelays', 'announceWake'] },
          { actions: 'noteWokeAgain' },
        ],
      },
      after: {
        WAKE_COALESCE: [
          { guard: 'wokeAgain', target: 'cooling', reenter: true, actions: ['checkRelays', 'announceWake'] },
          { target: 'ready' },
        ],
      },
    },
  },
});

const sweeping = nodeSetup.createStateConfig({
  initial: 'counting',
  states: {
    counting: {
      on: { SUSPEND: 'paused' },
      after: { SWEEP: { target: 'counting', reenter: true, actions: 'sweep' } },
    },
    paused: { on: { RESUME: 'counting' } },
  },
});

const cadence = nodeSetup.createStateConfig({
  initial: 'first',
  states: {
    first: { after: { FIRST_ANNOUNCE: { target: 'due' } } },
    steady: { after: { STEADY_ANNOUNCE: { target: 'due' } } },
    /** A timer that a freeze made late must not speak before the wake is known: then the wake's announce serves. */
    due: {
      on: { WOKE: 'steady' },
      invoke: { src: 'ioTurn', onDone: { target: 'steady', actions: 'announceInCadence' } },
    },
  },
});

/** The one owner of the announce pace. */
const announcing = nodeSetup.createStateConfig({
  initial: 'ready',
  states: {
    ready: { on: { ANNOUNCE: { target: 'cooling', actions: publishAsked } } },
    cooling: {
      entry: 'refillFresh',
      on: {
        ANNOUNCE: [{ guard: 'mayPassCooldown', actions: ['spendFresh', publishAsked] }, { actions: 'awaitCooldown' }],
      },
      after: {
        ANNOUNCE_COOLDOWN: [
          { guard: 'announcePending', target: 'cooling', reenter: true, actions: [publishPending, 'takePending'] },
          { target: 'ready' },
        ],
      },
    },
  },
});

export const nodeMachine = nodeSetup.createMachine({
  id: 'node',
  type: 'parallel',
  context: {
    clocks: null,
    pause: null,
    cause: 'wake',
    addresses: null,
    pending: null,
    freshLeft: 0,
    wokeAgain: false,
  },
  on: {
    // Each relay hears us as soon as it admits us; its own backoff keeps the pace.
    RELAY_ADMITTED: { actions: announceOnRelay },
    RECONNECT: { actions: ['renewAllPaths', 'checkRelays', 'announceReconnect'] },
    'xstate.done.actor.*': {},
    'xstate.error.actor.*': {},
  },
  states: { attention, aftercare, sweeping, cadence, announcing, addressing, renewing },
  options: { maxIterations: 1000 },
});
