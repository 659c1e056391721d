/** Relays that go and come, and a stranger who knows the room. None of it may harm a link. */
import { Stranger } from '../stranger.js';
import { duration, harmingNobody, type PlanFault, seconds } from './fault.js';

/** All that it stored is gone. */
export const relayRestart: PlanFault = (site) => {
  const relay = site.rng.pick(site.world.relays);
  const durationMs = duration(site, 200, 60_000);
  return {
    text: `${relay.name}, down for ${seconds(durationMs)}`,
    durationMs,
    hit: [],
    trouble: harmingNobody('relay-restart'),
    begin: () => relay.stop(),
    end: () => relay.start(),
  };
};

/** It takes everybody, and throws everybody out again. */
export const relayFlap: PlanFault = (site) => {
  const { world, rng } = site;
  const relay = rng.pick(world.relays);
  const durationMs = duration(site, 3_000, 40_000);
  let flapping = false;
  const flap = () => {
    if (!flapping) return;
    relay.dropSockets();
    world.loop.after(rng.between(300, 5_000), flap);
  };
  return {
    text: `${relay.name} for ${seconds(durationMs)}`,
    durationMs,
    hit: [],
    trouble: harmingNobody('relay-flap'),
    begin: () => {
      flapping = true;
      flap();
    },
    end: () => {
      flapping = false;
    },
  };
};

/** Forges announces, offers and leaves in the name of everybody, and replays what he heard. */
export const stranger: PlanFault = (site) => {
  const { world, rng } = site;
  const durationMs = duration(site, 3_000, 30_000);
  const betweenMs = rng.between(20, 1_000);
  const him = new Stranger(world, rng.fork('stranger'));
  return {
    text: `a word about every ${Math.round(betweenMs)} ms for ${seconds(durationMs)}`,
    durationMs,
    hit: [],
    trouble: harmingNobody('stranger'),
    begin: () => him.begin(betweenMs),
    end: () => him.end(),
  };
};
