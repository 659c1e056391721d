/** Freezes and clocks: what upstream had to learn about waking up, and what it has not learned yet. */
import { afterEach, expect, it } from 'vitest';
import type { Device } from '../../src/sim/device.js';
import { newScene, type Scene, settledScene } from './support/scene.js';

const MINUTE_MS = 60_000;
let scene: Scene;
afterEach(() => expect(scene.world.thrown).toEqual([]));

it('bug-01-wake-announce-into-dead-relay-socket', async () => {
  scene = await settledScene({ seed: 'bug 1', nodes: 2 });
  const { world, devices } = scene;
  const [a, b] = devices as [Device, Device];
  await world.disturb();
  b.process.freeze();
  await world.advance(MINUTE_MS);
  // The router has forgotten both: what comes for it is lost, and its socket to the relay leads nowhere.
  world.loseMapping(b);
  for (const relay of world.relays) for (const wire of relay.wiresOf(b)) wire.silence();
  b.process.thaw();
  // A second to doubt the socket, then another one; no backoff.
  expect(await scene.together(a, b, 1_500)).toBeGreaterThan(1_000);
  expect(scene.epochs(a, b)).toEqual([1, 1]);
});

it('bug-02-slow-rediscovery-after-sleep', async () => {
  scene = await settledScene({ seed: 'bug 2', nodes: 2 });
  const { world, devices } = scene;
  const [a, b] = devices as [Device, Device];
  await world.freeze(b, 20 * MINUTE_MS);
  expect(a.network?.peer(b.id)).toBeUndefined(); // given up after 15 minutes
  await scene.together(a, b, 1_000);
});

it.each([2_500, 20_000, 40_000])('defect-03-short-freezes-are-invisible: %i ms', async (ms) => {
  scene = await settledScene({ seed: `defect 3 ${ms}`, nodes: 2 });
  const { world, devices } = scene;
  const [a, b] = devices as [Device, Device];
  await world.freeze(b, ms);
  await world.advance(500);
  expect(world.areActive(a, b)).toBe(true);
  const woke = scene.heard.flatMap(({ device, event }) => (device === b && event.type === 'woke' ? [event] : []));
  expect(woke).toHaveLength(1);
  expect(Math.abs(woke[0]!.pausedMs - ms)).toBeLessThan(500);
  expect(scene.epochs(a, b)).toEqual([1, 1]);
});

it('defect-02-own-freeze-drops-every-peer', async () => {
  scene = await settledScene({ seed: 'defect 2', nodes: 6 });
  const { world, devices } = scene;
  const [a, ...others] = devices as [Device, ...Device[]];
  await world.freeze(a, 3 * MINUTE_MS);
  for (const other of others) await scene.together(a, other, 500);
  for (const other of others) {
    expect(scene.epochs(a, other)).toEqual([1, 1]);
    // It never thought them silent; they waited for it.
    expect(
      scene.heard.filter(({ device, event }) => device === a && event.type === 'peer' && event.to === 'stale'),
    ).toEqual([]);
    expect(scene.changes(a, other)).toEqual(['stale: probe-unanswered', expect.stringMatching(/^active: /)]);
  }
});

it('defect-19-backlog-of-stale-offers', async () => {
  scene = await settledScene({ seed: 'defect 19', nodes: 2 });
  const { world, devices } = scene;
  const [a, b] = devices as [Device, Device];
  await world.disturb();
  b.process.freeze();
  for (let i = 0; i < 6; i += 1) {
    await world.kill(a);
    await world.advance(1_000);
    await world.start(a);
    await world.advance(8_000);
  }
  const links = new Set(world.links.linksOf(b));
  world.observe({
    stepped: () => {
      for (const link of world.links.linksOf(b)) links.add(link);
    },
  });
  await world.disturb();
  b.process.thaw();
  await scene.together(a, b, 1_500);
  await world.advance(10_000);
  expect(links.size).toBeLessThanOrEqual(1 + 2);
});

it.each([-7_200_000, -90_000, 90_000, 7_200_000])('bug-69-skewed-clock-evicts-devices: %i ms', async (ms) => {
  scene = newScene({ seed: `bug 69 ${ms}`, nodes: 2 });
  const { world, devices } = scene;
  const [a, b] = devices as [Device, Device];
  a.process.stepWallClock(ms);
  await world.start(a);
  await world.advance(5_000);
  await world.start(b);
  await scene.together(a, b, 1_000);
  scene.forget();
  await world.advance(10 * MINUTE_MS);
  expect(scene.changes(a, b)).toEqual([]);
  await world.freeze(a, 40_000);
  await scene.together(a, b, 500);
  expect(scene.epochs(a, b)).toEqual([1, 1]);
});
