/** Processes and machines that stop, starve, die, or whose clock is set. */
import type { Device } from '../device.js';
import {
  duration,
  type Fault,
  type FaultSite,
  harming,
  harmingNobody,
  names,
  type PlanFault,
  seconds,
} from './fault.js';

const freezing = (kind: string, hit: Device[], durationMs: number): Fault => ({
  text: `${names(hit)} for ${seconds(durationMs)}`,
  durationMs,
  hit,
  trouble: harming(kind, hit),
  begin: () => {
    for (const { process } of hit) process.freeze();
  },
  end: () => {
    for (const { process } of hit) process.thaw();
  },
});

export const freeze: PlanFault = (site) => freezing('freeze', [site.rng.pick(site.free)], duration(site, 500, 180_000));

export const massFreeze: PlanFault = (site) => {
  const count = Math.max(1, Math.round(site.free.length * site.rng.between(0.5, 1)));
  return freezing('mass-freeze', site.rng.sample(site.free, count), duration(site, 3_000, 120_000));
};

/** Both ends of a pair, one a little longer than the other. */
export const bothFrozen: PlanFault = (site) => {
  const { rng, world } = site;
  const [first, second] = rng.sample(site.free, 2);
  const hit = [first, second].filter((device) => device !== undefined);
  const shorterMs = duration(site, 2_000, 120_000);
  const durationMs = shorterMs + Math.round(rng.between(0, 3_000));
  return {
    ...freezing('both-frozen', hit, durationMs),
    begin: () => {
      for (const { process } of hit) process.freeze();
      world.loop.after(shorterMs, () => hit[0]?.process.thaw());
    },
  };
};

export const suspend: PlanFault = (site) => {
  const hit = site.rng.pick(site.free);
  const durationMs = duration(site, 1_000, 180_000);
  return {
    ...freezing('suspend', [hit], durationMs),
    begin: () => hit.process.suspend(),
  };
};

/** The event loop gets a turn now and then. */
export const starved: PlanFault = (site) => {
  const { rng, world } = site;
  const hit = rng.pick(site.free);
  const durationMs = duration(site, 5_000, 40_000);
  const stallMs = rng.between(200, 5_000);
  let starving = false;
  const stall = () => {
    if (!starving) return;
    hit.process.freeze();
    world.loop.after(stallMs * rng.between(0.5, 1.5), () => {
      hit.process.thaw();
      world.loop.after(rng.between(1, 40), stall);
    });
  };
  return {
    text: `${hit.name} for ${seconds(durationMs)}, stalls of about ${seconds(stallMs)}`,
    durationMs,
    hit: [hit],
    trouble: harming('starved', [hit]),
    begin: () => {
      starving = true;
      stall();
    },
    end: () => {
      starving = false;
      hit.process.thaw();
    },
  };
};

/** Away for a while, and started again as the same device. */
const restarting =
  (kind: string, end: (site: FaultSite, hit: Device) => void): PlanFault =>
  (site) => {
    const hit = site.rng.pick(site.free);
    const durationMs = duration(site, 200, 90_000);
    return {
      text: `${hit.name}, back after ${seconds(durationMs)}`,
      durationMs,
      hit: [hit],
      trouble: harming(kind, [hit]),
      begin: () => end(site, hit),
      end: () => site.world.start(hit),
    };
  };

/** Without a goodbye. */
export const crash = restarting('crash', ({ world }, hit) => world.kill(hit));

/** In good order, which it tells everybody. */
export const restart = restarting('restart', ({ world }, hit) => world.stop(hit));

/** The wall clock alone: no link may notice. */
export const clockStep: PlanFault = ({ rng, free }: FaultSite) => {
  const hit = rng.pick(free);
  const ms = Math.round(1_000 * 7_200 ** rng.next()) * (rng.chance(0.5) ? 1 : -1);
  return {
    text: `${hit.name} by ${seconds(ms)}`,
    durationMs: 0,
    hit: [hit],
    trouble: harmingNobody('clock-step'),
    begin: () => hit.process.stepWallClock(ms),
    end: () => {},
  };
};
