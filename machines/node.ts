/**
 * One joined network: wake watch, sweep, announce cadence and the one limiter of all announces. Peers and relays are
 * actors of their own, adopted by this one; effects on them are named actions, provided by the mesh.
 */
import { assign, fromPromise, setup } from 'xstate';
import { type ClockSample, type Pause, pauseBetween } from './clocks.js';
import { tunables as t } from './tunables.js';

export type AnnounceReason = 'cadence' | 'wake' | 'reflection' | 'seek' | 'resume' | 'network-changed';

export type NodeEvent =
  /** What the clocks read; asked for by `readClocks`. */
  | ({ type: 'CLOCKS' } & ClockSample)
  /** Somebody wants an announce. `fresh`: it answers a device or boot id not seen before. */
  | { type: 'ANNOUNCE'; reason: AnnounceReason; fresh: boolean }
  /** A relay hears us from now on. */
  | { type: 'RELAY_ADMITTED'; url: string }
  /** The embedder says that the machine is about to sleep, has woken, or has another address. */
  | { type: 'SUSPEND' }
  | { type: 'RESUME' }
  | { type: 'NETWORK_CHANGED' }
  /** We were away and the sockets have been read. */
  | { type: 'WOKE' }
  // Adopted peers and relays report their end to their parent; the mesh has its own ears for it.
  | { type: 'xstate.done.actor.*' }
  | { type: 'xstate.error.actor.*'; error: unknown };

export interface NodeContext {
  /** The last look at the clocks, null before the first. */
  clocks: ClockSample | null;
  pause: Pause | null;
  /** The announce that waits for the cooldown, null = none. */
  pending: AnnounceReason | null;
  /** Announces that may still pass the cooldown. */
  freshLeft: number;
  /** Another wake came while the care for the last one was cooling down. */
  wokeAgain: boolean;
}

const pauseOf = (context: NodeContext, event: NodeEvent): Pause | null =>
  event.type === 'CLOCKS' && context.clocks !== null ? pauseBetween(context.clocks, event, t.watchMs) : null;

const effect = () => {};

const vocabulary = setup({
  types: { context: {} as NodeContext, events: {} as NodeEvent },
  actors: { ioTurn: fromPromise<void>(async () => {}) },
  delays: {
    WATCH: t.watchMs,
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
    announcePending: ({ context }) => context.pending !== null,
    mayPassCooldown: ({ context, event }) => event.type === 'ANNOUNCE' && event.fresh && context.freshLeft > 0,
  },
  actions: {
    // Effects
    /** Answers with CLOCKS. */
    readClocks: effect,
    /** Sends each peer that said nothing since the last sweep a TICK. */
    sweep: effect,
    /** Rebases the silence of every peer and pings it. */
    wakePeers: effect,
    checkRelays: effect,
    publishAnnounce: (_: unknown, _params: { reason: AnnounceReason }) => {},
    announceOn: (_: unknown, _params: { url: string }) => {},
    reportWake: (_: unknown, _params: Pause) => {},

    noteClocks: assign({
      clocks: ({ context, event }) =>
        event.type === 'CLOCKS' ? { monoMs: event.monoMs, wallMs: event.wallMs, bootMs: event.bootMs } : context.clocks,
    }),
    notePause: assign({ pause: ({ context, event }) => pauseOf(context, event) }),
    pauseUnknown: assign({ pause: { ms: 0, kind: 'suspended' } as Pause, clocks: null }),
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
    announceInCadence: ask('cadence'),
    announceWake: ask('wake'),
    announceResume: ask('resume'),
    announceNetworkChange: ask('network-changed'),
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
const reportWake = {
  type: 'reportWake',
  params: ({ context }: { context: NodeContext }) => context.pause ?? { ms: 0, kind: 'frozen' },
} as const;

/** Late timers betray a freeze, diverging clocks a suspend. Nobody is asked or judged before the sockets were read. */
const attention = nodeSetup.createStateConfig({
  initial: 'sampling',
  on: {
    SUSPEND: '.suspended',
    NETWORK_CHANGED: { target: '.settling', actions: ['pauseUnknown', 'announceNetworkChange'] },
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
        onDone: { target: 'sampling', actions: [reportWake, 'wakePeers', 'sayWoke'] },
      },
    },
    /** No clock is watched, no silence counted: the embedder says when to go on. */
    suspended: {
      on: {
        RESUME: { target: 'settling', actions: ['pauseUnknown', 'announceResume'] },
        // A machine that falls asleep takes its network down first; waking then would leave us awake without sweeps.
        NETWORK_CHANGED: {},
      },
    },
  },
});

/** Relay checks and announces after wakes that follow one another closely are done once, and once more at the end. */
const aftercare = nodeSetup.createStateConfig({
  initial: 'ready',
  states: {
    ready: { on: { WOKE: { target: 'cooling', actions: ['checkRelays', 'announceWake'] } } },
    cooling: {
      entry: 'takeWokeAgain',
      on: { WOKE: { actions: 'noteWokeAgain' } },
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
  context: { clocks: null, pause: null, pending: null, freshLeft: 0, wokeAgain: false },
  on: {
    // Each relay hears us as soon as it admits us; its own backoff keeps the pace.
    RELAY_ADMITTED: { actions: { type: 'announceOn', params: ({ event }) => ({ url: event.url }) } },
    'xstate.done.actor.*': {},
    'xstate.error.actor.*': {},
  },
  states: { attention, aftercare, sweeping, cadence, announcing },
  options: { maxIterations: 1000 },
});
