/** Ways that are cut, lossy, slow or changed. */
import type { Host } from '../net.js';
import {
  around,
  duration,
  harming,
  harmingAll,
  harmingNobody,
  names,
  netFault,
  type PlanFault,
  seconds,
} from './fault.js';

/** Two groups of devices that cannot reach each other; each relay is with one of them, or reached by both. */
export const partition: PlanFault = (site) => {
  const { world, rng } = site;
  const apart = rng.sample(world.devices, 1 + rng.below(Math.max(1, Math.floor(world.devices.length / 2))));
  const island = new Set<Host>(apart);
  const reachesAll = new Set<Host>();
  for (const relay of world.relays) {
    if (rng.chance(0.4)) reachesAll.add(relay);
    else if (rng.chance(0.5)) island.add(relay);
  }
  const durationMs = duration(site, 3_000, 90_000);
  const indices = new Set(apart.map(({ index }) => index));
  return netFault(world, {
    text: `${names(apart)} from the rest for ${seconds(durationMs)}`,
    durationMs,
    trouble: { kind: 'partition', touches: (a, b) => indices.has(a) !== indices.has(b) },
    disturbance: {
      affects: (from, to) => island.has(from) !== island.has(to) && !reachesAll.has(from) && !reachesAll.has(to),
      worsen: (conditions) => {
        conditions.cut = true;
      },
    },
  });
};

/** What one device sends to some others is lost; what they send arrives. */
export const oneWay: PlanFault = (site) => {
  const { world, rng } = site;
  const from = rng.pick(world.devices);
  const others = world.devices.filter((device) => device !== from);
  const to = new Set<Host>(rng.sample(others, 1 + rng.below(others.length)));
  const indices = new Set(others.filter((device) => to.has(device)).map(({ index }) => index));
  const durationMs = duration(site, 3_000, 60_000);
  return netFault(world, {
    text: `from ${from.name} to ${to.size} others for ${seconds(durationMs)}`,
    durationMs,
    trouble: {
      kind: 'one-way',
      touches: (a, b) => (a === from.index && indices.has(b)) || (b === from.index && indices.has(a)),
    },
    disturbance: {
      affects: (source, target) => source === from && to.has(target),
      worsen: (conditions) => {
        conditions.cut = true;
      },
    },
  });
};

export const loss: PlanFault = (site) => {
  const { world, rng } = site;
  const hit = rng.chance(0.4) ? world.devices : rng.sample(world.devices, 1 + rng.below(3));
  const share = rng.between(0.05, 0.5);
  const durationMs = duration(site, 3_000, 60_000);
  return netFault(world, {
    text: `${Math.round(share * 100)} % around ${names(hit)} for ${seconds(durationMs)}`,
    durationMs,
    trouble: harming('loss', hit),
    disturbance: around(hit, (conditions) => {
      conditions.loss = 1 - (1 - conditions.loss) * (1 - share);
    }),
  });
};

export const latency: PlanFault = (site) => {
  const { world, rng } = site;
  const [moreMs, jitterMs] = [rng.between(50, 1_500), rng.between(0, 500)];
  const durationMs = duration(site, 3_000, 60_000);
  return netFault(world, {
    text: `${Math.round(moreMs)} ms more, jitter ${Math.round(jitterMs)} ms, for ${seconds(durationMs)}`,
    durationMs,
    trouble: harmingAll('latency'),
    disturbance: {
      affects: () => true,
      worsen: (conditions) => {
        conditions.latencyMs += moreMs;
        conditions.jitterMs += jitterMs;
      },
    },
  });
};

/** Datagrams that come twice and out of order: no link may notice. */
export const duplication: PlanFault = (site) => {
  const { world, rng } = site;
  const [twice, late] = [rng.between(0.1, 0.6), rng.between(0.1, 0.6)];
  const durationMs = duration(site, 5_000, 60_000);
  return netFault(world, {
    text: `${Math.round(twice * 100)} % twice, ${Math.round(late * 100)} % out of order, for ${seconds(durationMs)}`,
    durationMs,
    trouble: harmingNobody('duplication'),
    disturbance: {
      affects: () => true,
      worsen: (conditions) => {
        conditions.duplication = twice;
        conditions.reordering = late;
      },
    },
  });
};

/** Every socket of the device is bound to an address that it no longer has. The embedder may say so, or not. */
export const addressChange: PlanFault = ({ world, rng, free }) => {
  const hit = rng.pick(free);
  const saysSoAfterMs = rng.chance(0.5) ? rng.between(0, 2_000) : null;
  return {
    text: `${hit.name}${saysSoAfterMs === null ? '' : `, told after ${seconds(saysSoAfterMs)}`}`,
    durationMs: 0,
    hit: [hit],
    trouble: harming('address-change', [hit]),
    begin: () => {
      world.changeAddress(hit);
      if (saysSoAfterMs !== null) hit.process.later(saysSoAfterMs, () => hit.network?.networkChanged());
    },
    end: () => {},
  };
};

/** Its NAT has forgotten it: what others send to it is lost, what it sends arrives from elsewhere. */
export const natLost: PlanFault = ({ world, rng, free }) => {
  const hit = rng.pick(free);
  return {
    text: hit.name,
    durationMs: 0,
    hit: [hit],
    trouble: harming('nat-lost', [hit]),
    begin: () => world.loseMapping(hit),
    end: () => {},
  };
};
