/** Whole shaped networks on virtual time: they settle into exactly their links, and a frozen device moves no others. */
import { expect, it } from 'vitest';
import type { MeshEvent, Topology } from '../../src/mesh/api.js';
import { World } from '../../src/sim/world.js';

const SEED = 'shape 1';

async function settledWorld(nodes: number, topology: (ids: string[]) => Topology) {
  const world = new World({ seed: SEED, nodes, topology });
  const changes: string[] = [];
  world.observe({
    event: (device, event: MeshEvent) => {
      if (event.type !== 'peer' || event.from === event.to) return;
      changes.push(`${device.name} ${world.nameOf(event.peer.deviceId)} ${event.to}: ${event.reason}`);
    },
  });
  for (const device of world.devices) await world.start(device);
  expect(await world.until(() => world.converged(), 60_000), `seed ${SEED}`).not.toBeNull();
  await world.advance(20_000);
  return { world, changes };
}

/** Links that stand, by the names of their ends. */
const linksOf = (world: World) =>
  world.devices.flatMap((a) =>
    world.devices.flatMap((b) => (a.index < b.index && world.areActive(a, b) ? [`${a.name} ${b.name}`] : [])),
  );
const wantedOf = (world: World) => [...world.wantedPairs()].map(([a, b]) => `${a.name} ${b.name}`);

it('a ring of twelve closes around a frozen device with one link, and gives that back', async () => {
  const { world, changes } = await settledWorld(12, () => ({ kind: 'ring', n_preferred: 2 }));
  expect(linksOf(world)).toEqual(wantedOf(world));
  changes.length = 0;
  await world.freeze(world.devices[0]!, 40_000);
  expect(linksOf(world).length).toBe(wantedOf(world).length + 1 - 2);
  expect(await world.until(() => world.converged(), 2_000)).not.toBeNull();
  await world.advance(20_000);
  expect(linksOf(world)).toEqual(wantedOf(world));
  expect(changes.filter((change) => change.includes('approved')).length).toBe(2);
  expect(world.thrown).toEqual([]);
}, 60_000);

it('behind four hubs sixteen spokes keep a frozen one, and nothing else moves', async () => {
  const { world, changes } = await settledWorld(20, (ids) => ({ kind: 'hubs', hubs: ids.slice(0, 4) }));
  expect(linksOf(world)).toEqual(wantedOf(world));
  changes.length = 0;
  const hub = world.devices[0]!;
  await world.freeze(hub, 40_000);
  expect(await world.until(() => world.converged(), 2_000)).not.toBeNull();
  await world.advance(20_000);
  expect(linksOf(world)).toEqual(wantedOf(world));
  expect(changes.length).toBeGreaterThan(0);
  const aboutHub = / n0 (stale: probe-unanswered|active: (frame|answered))$/;
  expect(changes.filter((change) => !aboutHub.test(change))).toEqual([]);
  expect(world.thrown).toEqual([]);
}, 60_000);
