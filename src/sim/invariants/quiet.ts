/** Where nothing happens, little is said, and only the links that the shape wants stand. */
import { tunables as t } from '../../../machines/tunables.js';
import { Device } from '../device.js';
import type { NewRule } from './rule.js';

/** What the last trouble has set off is over by then: nobody announces but because it is time to. */
const QUIET_MS = 60_000;
/** One announce may have waited for the cooldown, and the next one not. */
const CADENCE_MS = t.steadyAnnounceMs * (1 - t.announceJitter) - t.announceCooldownMs;

export const quietRules: NewRule = (world, report) => {
  const lastCadenceMs = new Map<Device, number>();
  let togetherSinceMs: number | null = null;

  const isQuiet = () =>
    world.truth.quietMs >= QUIET_MS && togetherSinceMs !== null && world.nowMs - togetherSinceMs > QUIET_MS;

  return {
    event(device, event) {
      if (event.type !== 'announced' || event.reason === 'relay-admitted') return;
      if (event.reason === 'cadence') {
        const gapMs = world.nowMs - (lastCadenceMs.get(device) ?? Number.NEGATIVE_INFINITY);
        lastCadenceMs.set(device, world.nowMs);
        if (gapMs < CADENCE_MS) report('I19', `${device.name}: announced ${Math.round(gapMs)} ms after the last time`);
      } else if (isQuiet()) {
        report('I19', `${device.name}: announced (${event.reason}), though nothing happens`);
      }
    },

    second() {
      if (world.truth.quietMs < QUIET_MS || !world.converged()) togetherSinceMs = null;
      else togetherSinceMs ??= world.nowMs;
      if (!isQuiet()) return;
      for (const a of world.devices) {
        for (const { far } of world.links.linksOf(a)) {
          const b = far?.host;
          if (b instanceof Device && !world.wants(a, b)) report('I24', `${a.name} keeps a link to ${b.name}`);
        }
      }
    },

    started(device) {
      lastCadenceMs.delete(device);
    },
  };
};
