/** What must come of each thing that can happen to a node, written from docs/engine.md. */
import type { ClockSample, Pause } from '../../../machines/clocks.js';
import type { AnnounceReason, NodeEvent, WakeCause } from '../../../machines/node.js';
import { tunables as t } from '../../../machines/tunables.js';
import type { Model } from './model.js';
import { armed, disarmed, dueInMs, freeze, pass, type Timer } from './timers.js';

export interface NodeModel {
  attention: 'watching' | 'sampling' | 'settling' | 'suspended';
  /** Wakes are cared for at a pace. */
  caring: boolean;
  cadence: 'first' | 'steady' | 'due';
  /** Announces go out at a pace. */
  pausing: boolean;
  /** The addresses are asked for and not told yet. */
  looking: boolean;
  /** Lost paths are renewed when a relay is there. */
  awaitingRelay: boolean;
  clocks: ClockSample | null;
  pause: Pause | null;
  cause: WakeCause;
  addresses: string[] | null;
  pending: AnnounceReason | null;
  freshLeft: number;
  wokeAgain: boolean;
  /** I/O turns that have begun and not ended, the eldest first. */
  turns: ('wake' | 'cadence')[];
  timers: Timer[];
  does: string[];
}

const UNKNOWN: Pause = { ms: 0, kind: 'suspended' };

export const nodeModel: Model<NodeModel> = {
  start: () => ({
    attention: 'sampling',
    caring: false,
    cadence: 'first',
    pausing: false,
    looking: true,
    awaitingRelay: false,
    clocks: null,
    pause: null,
    cause: 'wake',
    addresses: null,
    pending: null,
    freshLeft: 0,
    wokeAgain: false,
    turns: [],
    timers: [
      { name: 'sweep', inMs: t.sweepMs },
      { name: 'cadence', inMs: t.firstAnnounceMs },
    ],
    does: ['readClocks', 'readAddresses'],
  }),

  after(before, step) {
    const n: NodeModel = { ...before, does: [] };
    if (step.type === 'WAIT') pass(n, step.ms as number, fire);
    else if (step.type === 'FREEZE') freeze(n, step.ms as number, fire);
    else if (step.type === 'IO_TURN') turnEnds(n);
    else happen(n, step as NodeEvent);
    return n;
  },

  sight: (n) => ({
    state: [
      `addressing.${n.looking ? 'looking' : 'waiting'}`,
      `aftercare.${n.caring ? 'cooling' : 'ready'}`,
      `announcing.${n.pausing ? 'cooling' : 'ready'}`,
      `attention.${n.attention}`,
      `cadence.${n.cadence}`,
      `renewing.${n.awaitingRelay ? 'awaitingRelay' : 'idle'}`,
      `sweeping.${n.attention === 'suspended' ? 'paused' : 'counting'}`,
    ].join(' + '),
    effects: n.does,
    dueInMs: dueInMs(n),
    awaitsTurn: n.turns.length > 0,
    facts: {
      clocks: n.clocks,
      pause: n.pause,
      cause: n.cause,
      addresses: n.addresses,
      pending: n.pending,
      freshLeft: n.freshLeft,
      wokeAgain: n.wokeAgain,
    },
  }),
};

function attend(n: NodeModel, attention: NodeModel['attention']): void {
  n.attention = attention;
  n.turns = n.turns.filter((turn) => turn !== 'wake');
  n.timers = disarmed(n, 'watch');
  if (attention === 'watching') n.timers = armed(n, 'watch', t.watchMs);
  if (attention === 'sampling') n.does.push('readClocks');
  if (attention === 'settling') n.turns = [...n.turns, 'wake'];
}

function keepCadence(n: NodeModel, cadence: NodeModel['cadence']): void {
  n.cadence = cadence;
  n.turns = n.turns.filter((turn) => turn !== 'cadence');
  if (cadence === 'due') n.turns = [...n.turns, 'cadence'];
  else n.timers = armed(n, 'cadence', t.steadyAnnounceMs);
}

function announce(n: NodeModel, reason: AnnounceReason, fresh = false): void {
  if (!n.pausing) {
    n.does.push(`publishAnnounce ${reason}`);
    return rest(n);
  }
  if (fresh && n.freshLeft > 0) {
    n.freshLeft -= 1;
    n.does.push(`publishAnnounce ${reason}`);
  }
  // What asks for answers is not turned into a reflection, which nobody answers.
  else if (reason !== 'reflection' || n.pending === null) n.pending = reason;
}

function rest(n: NodeModel): void {
  n.pausing = true;
  n.freshLeft = t.freshAnnounces;
  n.timers = armed(n, 'pause', t.announceCooldownMs);
}

function care(n: NodeModel): void {
  n.does.push('checkRelays');
  n.caring = true;
  n.wokeAgain = false;
  n.timers = armed(n, 'care', t.wakeCoalesceMs);
}

function look(n: NodeModel): void {
  if (!n.looking) n.does.push('readAddresses');
  n.looking = true;
  n.timers = disarmed(n, 'look');
}

function renewLost(n: NodeModel): void {
  if (n.awaitingRelay) n.does.push('renewLostPaths');
  n.awaitingRelay = false;
  n.timers = disarmed(n, 'renew');
}

function fire(n: NodeModel, timer: string): void {
  if (timer === 'watch') attend(n, 'sampling');
  if (timer === 'sweep') {
    n.does.push('sweep');
    n.timers = armed(n, 'sweep', t.sweepMs);
  }
  if (timer === 'cadence') keepCadence(n, 'due');
  if (timer === 'care') {
    n.caring = n.wokeAgain;
    if (!n.wokeAgain) return;
    care(n);
    announce(n, n.cause);
  }
  if (timer === 'look') look(n);
  if (timer === 'renew') renewLost(n);
  if (timer === 'pause') {
    n.pausing = n.pending !== null;
    if (n.pending === null) return;
    n.does.push(`publishAnnounce ${n.pending}`);
    n.pending = null;
    rest(n);
  }
}

function turnEnds(n: NodeModel): void {
  const [turn] = n.turns;
  if (turn === 'wake') woke(n);
  if (turn === 'cadence') {
    keepCadence(n, 'steady');
    announce(n, 'cadence');
  }
}

/** The sockets have been read: peers first, then relays, then the room. A return of the network is never put off. */
function woke(n: NodeModel): void {
  if (n.pause) n.does.push(`reportWake ${n.pause.ms} ${n.pause.kind}`);
  n.pause = null;
  n.does.push('wakePeers');
  attend(n, 'sampling');
  const isPutOff = n.caring && n.cause !== 'network-changed';
  if (isPutOff) n.wokeAgain = true;
  else care(n);
  if (n.cadence === 'due') keepCadence(n, 'steady');
  look(n);
  if (!n.awaitingRelay) n.timers = armed(n, 'renew', t.renewWaitMs);
  n.awaitingRelay = true;
  if (!isPutOff) announce(n, n.cause);
}

function happen(n: NodeModel, event: NodeEvent): void {
  switch (event.type) {
    case 'CLOCKS':
      if (n.attention === 'sampling') looked(n, event);
      return;
    case 'ANNOUNCE':
      return announce(n, event.reason, event.fresh);
    case 'RELAY_ADMITTED':
      n.does.push(`announceOn ${event.url}`);
      return renewLost(n);
    case 'RELAY_ANSWERED':
      return renewLost(n);
    case 'ADDRESSES':
      if (n.looking) found(n, event.addresses);
      return;
    case 'RECONNECT':
      n.does.push('renewAllPaths', 'checkRelays');
      return announce(n, 'reconnect');
    case 'SUSPEND':
      n.timers = disarmed(n, 'sweep');
      return attend(n, 'suspended');
    case 'RESUME':
      if (n.attention !== 'suspended') return;
      n.timers = armed(n, 'sweep', t.sweepMs);
      // Told, not seen: for how long is unknown.
      Object.assign(n, { pause: UNKNOWN, clocks: null, cause: 'resume' });
      return attend(n, 'settling');
    case 'NETWORK_CHANGED':
      return networkChanged(n);
  }
}

function networkChanged(n: NodeModel): void {
  if (n.attention === 'suspended') return;
  n.cause = 'network-changed';
  attend(n, 'settling');
}

function found(n: NodeModel, addresses: string[]): void {
  const before = n.addresses;
  n.looking = false;
  n.timers = armed(n, 'look', t.addressWatchMs);
  if (before !== null && String(before) === String(addresses)) return;
  n.addresses = addresses;
  if (before === null) return;
  n.does.push(`reportAddresses ${addresses}`);
  if (addresses.length > 0) networkChanged(n);
}

function looked(n: NodeModel, { monoMs, wallMs, bootMs }: ClockSample): void {
  const pause = n.clocks && pauseSince(n.clocks, { monoMs, wallMs, bootMs });
  n.clocks = { monoMs, wallMs, bootMs };
  if (pause === null || pause.ms < t.pauseMs) return attend(n, 'watching');
  Object.assign(n, { pause, cause: 'wake' });
  attend(n, 'settling');
}

/** A frozen process is late; a suspended machine is not, but its other clocks have run ahead. The longer one counts. */
function pauseSince(before: ClockSample, now: ClockSample): Pause {
  const ranMs = now.monoMs - before.monoMs;
  const aheadMs = Math.max(now.bootMs - before.bootMs, now.wallMs - before.wallMs) - ranMs;
  const lateMs = Math.max(0, ranMs - t.watchMs);
  return aheadMs > lateMs ? { ms: aheadMs, kind: 'suspended' } : { ms: lateMs, kind: 'frozen' };
}
