/** Nothing lasts for ever, and nothing grows without end. */
import { tunables as t } from '../../../machines/tunables.js';
import type { Device } from '../device.js';
import { type NewRule, PerPeer } from './rule.js';

/** Seconds awake that a peer may spend in a state (a prefix of its detail), with a margin for the phase of sweeps. */
const SLACK = 3;
/** The transport calls a path dead after this much silence; who waits for an approval is bounded by that. */
const CONSENT_SECONDS = 30;
const LONGEST: readonly (readonly [prefix: string, seconds: number])[] = [
  ['sighted.offering', t.openTicks],
  ['sighted.answering', t.openTicks],
  ['sighted.awaitingOffer', 1],
  ['sighted.redialing', Math.max(...t.redialTicks)],
  ['handshaking.authenticating', t.handshakeTicks],
  ['handshaking.awaitingApproval', CONSENT_SECONDS + t.staleTicks],
  ['active.verifying', t.staleTicks + 2],
  ['active.judging', 1],
  ['stale', t.keepTicks],
];

const WINDOW_MS = 10_000;
/** One a second, and those that greet somebody new. */
const ANNOUNCES_PER_WINDOW = (WINDOW_MS / t.announceCooldownMs + 1) * (1 + t.freshAnnounces);
/** A session for each of its offers and restarts, none of which is less than a second after another. */
const DIALS_PER_WINDOW = 12;
const TIMERS_BASE = 60;
const TIMERS_PER_LINK = 24;
const LINK_QUEUE_BYTES = 256 * 1024;
const MAX_PEERS = 1_000;

export const boundRules: NewRule = (world, report) => {
  const ages = new PerPeer<{ detail: string; epoch: number; seconds: number }>();
  const announces = new Map<Device, number[]>();
  const dials = new PerPeer<number[]>();

  const within = (times: number[]): number[] => {
    times.push(world.nowMs);
    while ((times[0] ?? 0) < world.nowMs - WINDOW_MS) times.shift();
    return times;
  };

  const age = (device: Device) => {
    for (const [id, { detail, epoch }] of device.believes) {
      const longest = LONGEST.find(([prefix]) => detail.startsWith(prefix));
      const kept = ages.get(device, id);
      if (!longest || !kept?.detail.startsWith(longest[0]) || epoch > kept.epoch) {
        ages.set(device, id, { detail, epoch, seconds: 1 });
        continue;
      }
      kept.seconds += 1;
      if (kept.seconds <= longest[1] + SLACK) continue;
      // An offer that is made again is another session, and no news.
      const epochNow = device.network?.peer(id)?.epoch ?? epoch;
      if (epochNow > kept.epoch) ages.set(device, id, { detail, epoch: epochNow, seconds: 1 });
      else report('I8', `${device.name} → ${world.nameOf(id)}: ${kept.seconds} s in ${detail}`);
    }
  };

  return {
    event(device, event) {
      if (event.type === 'announced' && event.reason !== 'relay-admitted') {
        const recent = within(announces.get(device) ?? []);
        announces.set(device, recent);
        if (recent.length > ANNOUNCES_PER_WINDOW) report('I20', `${device.name}: ${recent.length} announces in 10 s`);
      }
      if (event.type === 'peer' && event.peer.detail === 'sighted.offering') {
        const recent = within(dials.get(device, event.peer.deviceId) ?? []);
        dials.set(device, event.peer.deviceId, recent);
        if (recent.length > DIALS_PER_WINDOW) {
          report('I20', `${device.name} → ${world.nameOf(event.peer.deviceId)}: ${recent.length} dials in 10 s`);
        }
      }
    },

    second() {
      for (const device of world.devices) {
        if (!device.isUp || !device.process.runs) continue;
        if (world.nowMs - device.process.runsSinceMs >= 1_000) age(device);
        const links = world.links.linksOf(device);
        const { pendingTimers } = device.process;
        if (pendingTimers > TIMERS_BASE + TIMERS_PER_LINK * links.size) {
          report('I22', `${device.name}: ${pendingTimers} timers for ${links.size} links`);
        }
        if (device.believes.size > MAX_PEERS) report('I22', `${device.name}: ${device.believes.size} peers`);
        for (const link of links) {
          if (link.bufferedBytes() > LINK_QUEUE_BYTES)
            report('I22', `${device.name}: ${link.bufferedBytes()} bytes wait`);
        }
      }
    },
  };
};
