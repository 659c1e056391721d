/** What follows a pause or a restart: the room is told, backlogs are worked off once, dead sessions are noticed. */
import { tunables as t } from '../../../machines/tunables.js';
import type { Device } from '../device.js';
import type { SimLink } from '../link.js';
import type { NewRule } from './rule.js';

/** Wakes close together share one announce, which comes at the end at the latest. */
const ANNOUNCE_MS = t.wakeCoalesceMs + t.announceCooldownMs + 500;
/** A look at the clocks, and a turn to read the sockets. */
const WAKE_MS = 2 * t.watchMs;
/** An announce, a relay hop and the sessions that it clears. */
const NOTICE_MS = 5_000;
const BACKLOG_MS = 1_000;
const BUILDS_PER_PEER = 2;

export const wakeRules: NewRule = (world, report) => {
  const owesAnnounce = new Map<Device, number>();
  const wokeMs = new Map<Device, number>();
  const admitted = new Map<Device, Map<string, number>>();
  const builds = new Map<Device, { sinceMs: number; count: number }>();

  const isReached = (device: Device, url: string): boolean =>
    world.relays.some((relay) => relay.url === url && relay.wiresOf(device).some(({ isSilent }) => !isSilent));

  const shareRelay = (a: Device, b: Device): boolean =>
    [...(admitted.get(a) ?? [])].some(([url, sinceMs]) => {
      const others = admitted.get(b)?.get(url);
      return isReached(a, url) && others !== undefined && world.nowMs - Math.max(sinceMs, others) > NOTICE_MS;
    });

  /** Is it active with a process that has ended, over a link to that, though another runs? */
  const judgeDead = (a: Device, { isOpen, far }: SimLink) => {
    if (!isOpen || far?.process.state !== 'dead') return;
    const b = far.host as Device;
    if (!b.isUp || !b.process.runs || a.believes.get(b.id)?.state !== 'active' || world.areLinked(a, b)) return;
    const forMs = Math.min(world.nowMs - b.startedMs, world.truth.calmMs(a.index, b.index));
    if (forMs > NOTICE_MS && shareRelay(a, b)) {
      report('I17', `${a.name} is active with the process of ${b.name} that ended ${Math.round(forMs)} ms ago`);
    }
  };

  world.links.created = (link) => {
    const device = link.host as Device;
    const { runsSinceMs, lastStopMs } = device.process;
    if (lastStopMs < 1_000 || world.nowMs - runsSinceMs > BACKLOG_MS) return;
    const before = builds.get(device);
    const count = before?.sinceMs === runsSinceMs ? before.count + 1 : 1;
    builds.set(device, { sinceMs: runsSinceMs, count });
    const bound = BUILDS_PER_PEER * Math.max(1, device.believes?.size ?? 0);
    if (count > bound) report('I21', `${device.name}: ${count} sessions built in the first second after a pause`);
  };

  const noticesPause = (device: Device) => {
    const { runsSinceMs, lastStopMs } = device.process;
    const isNoticed = (wokeMs.get(device) ?? 0) >= runsSinceMs;
    if (isNoticed || lastStopMs < t.pauseMs + t.watchMs || world.nowMs - runsSinceMs < WAKE_MS) return;
    report('I27', `${device.name}: was away for ${Math.round(lastStopMs)} ms and did not notice`);
    wokeMs.set(device, world.nowMs);
  };

  return {
    event(device, event) {
      switch (event.type) {
        case 'woke':
          wokeMs.set(device, world.nowMs);
          if (!owesAnnounce.has(device)) owesAnnounce.set(device, device.process.monoMs());
          return;
        case 'announced':
          if (event.reason !== 'reflection' && event.reason !== 'relay-admitted') owesAnnounce.delete(device);
          return;
        case 'relay': {
          const relays = admitted.get(device) ?? new Map<string, number>();
          admitted.set(device, relays);
          if (event.relay.state === 'admitted') relays.set(event.relay.url, world.nowMs);
          else relays.delete(event.relay.url);
        }
      }
    },

    started(device) {
      owesAnnounce.delete(device);
    },

    second() {
      for (const device of world.devices) if (device.isUp && device.process.runs) noticesPause(device);
      for (const [device, sinceMs] of owesAnnounce) {
        const { process } = device;
        if (!device.isUp) owesAnnounce.delete(device);
        else if (
          process.runs &&
          world.nowMs - process.runsSinceMs > ANNOUNCE_MS &&
          process.monoMs() - sinceMs > ANNOUNCE_MS
        ) {
          owesAnnounce.delete(device);
          report('I16', `${device.name}: woke and told nobody for ${Math.round(process.monoMs() - sinceMs)} ms`);
        }
      }
      for (const device of world.devices) {
        if (!device.isUp || !device.process.runs) continue;
        for (const link of world.links.linksOf(device)) judgeDead(device, link);
      }
    },
  };
};
