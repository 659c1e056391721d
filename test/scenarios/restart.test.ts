/** Processes that end and come back, and two ends that speak at once. */
import { afterEach, expect, it } from 'vitest';
import type { Device } from '../../src/sim/device.js';
import { newScene, type Scene, settledScene } from './support/scene.js';

const MINUTE_MS = 60_000;
let scene: Scene;
afterEach(() => expect(scene.world.thrown).toEqual([]));

const cases = ['smaller', 'larger'].flatMap((id) => [200, 1_000, 10_000, 35_000].map((downMs) => ({ id, downMs })));

it.each(cases)('defect-04-05-restarted-peer-is-ignored: the $id id, down for $downMs ms', async ({ id, downMs }) => {
  scene = await settledScene({ seed: `defect 5 ${id} ${downMs}` });
  const { world, devices } = scene;
  const [a, b] = devices as [Device, Device];
  const hit = id === 'smaller' ? a : b;
  await world.kill(hit);
  await world.advance(downMs);
  await world.start(hit);
  await scene.together(a, b, 1_000);
});

it('defect-08-two-deliberate-dials-glare', async () => {
  scene = newScene({ seed: 'defect 8' });
  const { world, devices } = scene;
  const [a, b] = devices as [Device, Device];
  for (const device of devices) await world.start(device);
  await world.until(() => devices.every(({ network }) => network?.relays()[0]?.state === 'admitted'), 1_000, 1);
  a.network!.dial(b.id);
  b.network!.dial(a.id);
  await scene.together(a, b, 1_000);
});

it('bug-07-leave-then-rejoin-strands-peers', async () => {
  scene = await settledScene({ seed: 'bug 7', nodes: 3 });
  const { world, devices } = scene;
  const [a, ...others] = devices as [Device, ...Device[]];
  await a.network!.leave();
  await world.advance(1_000);
  for (const other of others) expect(other.network!.peer(a.id)).toBeUndefined();
  await world.kill(a);
  await world.start(a);
  for (const other of others) await scene.together(a, other, 1_000);
});

it('bug-10-pinned-peer-not-redialled-on-its-wake', async () => {
  scene = await settledScene({ seed: 'bug 10', nodes: 3, topology: (ids) => ({ kind: 'star', hub: ids[0]! }) });
  const { world } = scene;
  const [, spoke, other] = world.devices as [Device, Device, Device];
  // The hub of the star does without them; the other end shelves the link and lets it be.
  const areActive = () =>
    spoke.network!.peer(other.id)?.state === 'active' && other.network!.peer(spoke.id)?.state === 'active';
  expect(areActive()).toBe(false);
  spoke.network!.pin(other.id);
  expect(await world.until(areActive, 2_000)).not.toBeNull();
  await world.freeze(other, 20 * MINUTE_MS); // longer than a session is kept
  expect(areActive()).toBe(false);
  expect(await world.until(areActive, 2_000)).not.toBeNull();
});
