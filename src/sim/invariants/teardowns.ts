/** Links that end: only for a reason that is really so, and never on the word of a stranger or for a pause of one's own. */
import type { MeshEvent } from '../../mesh/api.js';
import type { Device } from '../device.js';
import { type NewRule, PerPeer } from './rule.js';

/** A pair that has been well for longer than any silence that counts owes nothing to what was before. */
const SETTLED_MS = 13_000;
/** Two pings of 250 ms each must go unanswered after a wake. */
const WAKE_JUDGEMENT_MS = 400;
const PAUSE_MS = 2_000;
/** Presence of a device that has left may be replayed by each relay. */
const DIALS_TO_DEPARTED = 4;
/** An unsigned leave is decided within two seconds, and sweeps are a second apart. */
const LEAVE_MS = 5_000;
/** Where packets get lost, a lost ping holds up the next until it is sent again. Such a doubt must pass by itself. */
const DOUBT_MS = 4_000;

export const teardownRules: NewRule = (world, report) => {
  const activeSinceMs = new PerPeer<number>();
  const wellSinceMs = new Map<string, number>();
  const dials = new PerPeer<number>();
  const doubts = new PerPeer<{ sinceMs: number; text: string }>();
  const key = (a: Device, b: Device) => (a.index < b.index ? `${a.name} ${b.name}` : `${b.name} ${a.name}`);

  const wellMs = (a: Device, b: Device) => {
    const sinceMs = wellSinceMs.get(key(a, b));
    return sinceMs === undefined ? 0 : Math.min(world.nowMs - sinceMs, world.truth.calmMs(a.index, b.index));
  };

  const judge = (device: Device, peer: Device, { to, reason }: Extract<MeshEvent, { type: 'peer' }>) => {
    const what = `${device.name} → ${peer.name}: from active to ${to} (${reason})`;
    const forMs = wellMs(device, peer);
    if (forMs > SETTLED_MS) {
      const text = `${what}, though all was well for ${Math.round(forMs)} ms`;
      if (to !== 'stale') report('I2', text);
      else if (!world.isLossy) report('I3', text);
      else doubts.set(device, peer.id, { sinceMs: world.nowMs, text });
    }
    const ownStopMs = device.process.lastStopMs;
    if (to === 'stale' && ownStopMs > PAUSE_MS && world.nowMs - device.process.runsSinceMs < WAKE_JUDGEMENT_MS) {
      report('I11', `${what} right after a pause of its own of ${Math.round(ownStopMs)} ms`);
    }
    const since = activeSinceMs.get(device, peer.id) ?? 0;
    if (reason === 'peer-restarted' && peer.startedMs < since) report('I17', `${what}, which it did not`);
    if (reason === 'left' && (peer.leftMs ?? -1) < since) report('I14', `${what}, which it did not`);
    if (reason === 'left-unanswered' && forMs > LEAVE_MS) {
      report('I14', `${what}, though nothing is wrong`);
    }
  };

  return {
    event(device, event) {
      if (event.type !== 'peer') return;
      const { peer, from, to } = event;
      const other = world.deviceOf(peer.deviceId);
      if (other && from === 'active' && to !== 'active') judge(device, other, event);
      if (to === 'active') doubts.delete(device, peer.deviceId);
      if (to === 'active' && from !== 'active') activeSinceMs.set(device, peer.deviceId, world.nowMs);
      if (other && peer.detail === 'sighted.offering' && !other.isUp && other.leftMs !== null) {
        const count = (dials.get(device, other.id) ?? 0) + 1;
        dials.set(device, other.id, count);
        if (count > DIALS_TO_DEPARTED) report('I13', `${device.name} → ${other.name}: dial ${count} since it left`);
      }
    },

    second() {
      for (const [a, b] of world.wantedPairs()) {
        const isWell = world.areActive(a, b) && world.truth.calmMs(a.index, b.index) > 0;
        for (const [device, peer] of [
          [a, b],
          [b, a],
        ] as const) {
          const doubt = doubts.get(device, peer.id);
          if (!doubt || world.nowMs - doubt.sinceMs < DOUBT_MS) continue;
          doubts.delete(device, peer.id);
          if (world.truth.calmMs(a.index, b.index) > DOUBT_MS) report('I3', doubt.text);
        }
        if (!isWell) wellSinceMs.delete(key(a, b));
        else if (!wellSinceMs.has(key(a, b))) wellSinceMs.set(key(a, b), world.nowMs);
      }
    },

    started(device) {
      for (const each of world.devices) dials.delete(each, device.id);
    },
  };
};
