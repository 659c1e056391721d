/** What must come of each thing that can happen to a node, written from docs/engine.md. */
import type { ClockSample, Pause } from '../../../machines/clocks.js';
import type { AnnounceReason, NodeEvent } from '../../../machines/node.js';
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
  clocks: ClockSample | null;
  pause: Pause | null;
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
    clocks: null,
    pause: null,
    pending: null,
    freshLeft: 0,
    wokeAgain: false,
    turns: [],
    timers: [
      { name: 'sweep', inMs: t.sweepMs },
      { name: 'cadence', inMs: t.firstAnnounceMs },
    ],
    does: ['readClocks'],
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
      `aftercare.${n.caring ? 'cooling' : 'ready'}`,
      `announcing.${n.pausing ? 'cooling' : 'ready'}`,
      `attention.${n.attention}`,
      `cadence.${n.cadence}`,
      `sweeping.${n.attention === 'suspended' ? 'paused' : 'counting'}`,
    ].join(' + '),
    effects: n.does,
    dueInMs: dueInMs(n),
    awaitsTurn: n.turns.length > 0,
    facts: { clocks: n.clocks, pause: n.pause, pending: n.pending, freshLeft: n.freshLeft, wokeAgain: n.wokeAgain },
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
    announce(n, 'wake');
  }
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

/** The sockets have been read: peers first, then relays, then the room. */
function woke(n: NodeModel): void {
  const { ms, kind } = n.pause ?? UNKNOWN;
  n.does.push(`reportWake ${ms} ${kind}`, 'wakePeers');
  attend(n, 'sampling');
  const isCaredFor = n.caring;
  if (isCaredFor) n.wokeAgain = true;
  else care(n);
  if (n.cadence === 'due') keepCadence(n, 'steady');
  if (!isCaredFor) announce(n, 'wake');
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
      return;
    case 'SUSPEND':
      n.timers = disarmed(n, 'sweep');
      return attend(n, 'suspended');
    case 'RESUME':
      if (n.attention !== 'suspended') return;
      n.timers = armed(n, 'sweep', t.sweepMs);
      return away(n, 'resume');
    case 'NETWORK_CHANGED':
      if (n.attention !== 'suspended') away(n, 'network-changed');
      return;
  }
}

/** Told, not seen: for how long is unknown. */
function away(n: NodeModel, reason: AnnounceReason): void {
  Object.assign(n, { pause: UNKNOWN, clocks: null });
  attend(n, 'settling');
  announce(n, reason);
}

function looked(n: NodeModel, { monoMs, wallMs, bootMs }: ClockSample): void {
  const pause = n.clocks && pauseSince(n.clocks, { monoMs, wallMs, bootMs });
  n.clocks = { monoMs, wallMs, bootMs };
  if (pause === null || pause.ms < t.pauseMs) return attend(n, 'watching');
  n.pause = pause;
  attend(n, 'settling');
}

/** A frozen process is late; a suspended machine is not, but its other clocks have run ahead. The longer one counts. */
function pauseSince(before: ClockSample, now: ClockSample): Pause {
  const ranMs = now.monoMs - before.monoMs;
  const aheadMs = Math.max(now.bootMs - before.bootMs, now.wallMs - before.wallMs) - ranMs;
  const lateMs = Math.max(0, ranMs - t.watchMs);
  return aheadMs > lateMs ? { ms: aheadMs, kind: 'suspended' } : { ms: lateMs, kind: 'frozen' };
}
