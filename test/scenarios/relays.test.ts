/** Rooms and relays: who says how much, and what a lost word costs. */
import { afterEach, expect, it } from 'vitest';
import type { Device } from '../../src/sim/device.js';
import { cutOff, newScene, type Scene, settledScene } from './support/scene.js';

const MINUTE_MS = 60_000;
let scene: Scene;
afterEach(() => expect(scene.world.thrown).toEqual([]));

const announces = () => scene.heard.filter(({ event }) => event.type === 'announced').length;

it.each([600, 1_000])('defect-09-reflection-storm: %i ms to and from the relay', async (delayMs) => {
  scene = newScene({ seed: `defect 9 ${delayMs}`, nodes: 6 });
  const { world } = scene;
  const [relay] = world.relays;
  world.net.disturb({
    affects: (from, to) => from === relay || to === relay,
    worsen: (conditions) => {
      conditions.latencyMs += delayMs;
      conditions.jitterMs += delayMs / 4;
    },
  });
  for (const device of world.devices) await world.start(device);
  expect(await world.until(() => world.converged(), MINUTE_MS)).not.toBeNull();
  await world.advance(2 * MINUTE_MS);
  scene.forget();
  await world.advance(10 * MINUTE_MS);
  // One in two minutes, 15 % sooner at most, and nobody answers any of them.
  expect(announces() / world.devices.length).toBeLessThanOrEqual(6);
  expect(scene.heard.filter(({ event }) => event.type === 'peer')).toEqual([]);
});

it('bug-35-negotiation-of-the-past-is-replayed', async () => {
  scene = await settledScene({ seed: 'bug 35' });
  const { world, devices } = scene;
  const [a, b] = devices as [Device, Device];
  for (let i = 0; i < 5; i += 1) {
    await world.kill(b);
    await world.advance(100);
    await world.start(b);
    await scene.together(a, b, 1_000);
  }
  // One link each: nothing that was said to its predecessors reaches a new process.
  expect([a, b].map((device) => world.links.linksOf(device).size)).toEqual([1, 1]);
});

it('bug-38-a-rescue-takes-healthy-links-down', async () => {
  scene = await settledScene({ seed: 'bug 38', nodes: 4 });
  const { world, devices } = scene;
  const [flaky, ...others] = devices as [Device, ...Device[]];
  const outage = cutOff(flaky);
  await world.disturb();
  world.net.disturb(outage);
  await world.advance(3 * MINUTE_MS);
  const between = others.flatMap((a) => others.filter((b) => b !== a).flatMap((b) => scene.changes(a, b)));
  expect(between).toEqual([]);
  const relayNews = scene.heard.filter(({ device, event }) => device !== flaky && event.type === 'relay');
  expect(relayNews).toEqual([]);
});

it('bug-39-relays-are-redialled-for-an-absent-peer', async () => {
  scene = await settledScene({ seed: 'bug 39' });
  const { world, devices } = scene;
  const [a, b] = devices as [Device, Device];
  await world.kill(b);
  await world.advance(20 * MINUTE_MS);
  const dials = scene.heard.filter(({ device, event }) => device === a && event.type === 'relay');
  expect(dials).toEqual([]);
});

it('defect-17-replayed-presence-of-the-dead-costs-dials-for-long', async () => {
  scene = await settledScene({ seed: 'defect 17', nodes: 3 });
  const { world, devices } = scene;
  const [dead, a, b] = devices as [Device, Device, Device];
  await world.kill(dead);
  await world.kill(b);
  await world.advance(20_000);
  scene.forget();
  await world.start(b); // its relay tells it of the one that is dead
  await scene.together(a, b, 1_000);
  await world.advance(MINUTE_MS);
  expect(b.network!.peer(dead.id)).toBeUndefined();
  const dials = scene.heard.filter(
    ({ device, event }) =>
      device === b &&
      event.type === 'peer' &&
      event.peer.deviceId === dead.id &&
      event.peer.detail === 'sighted.offering',
  );
  expect(dials.length).toBeLessThanOrEqual(1);
});

it('bug-42-a-relay-that-restarts-is-not-stampeded', async () => {
  scene = await settledScene({ seed: 'bug 42', nodes: 12 });
  const { world } = scene;
  const [relay] = world.relays;
  await world.disturb();
  relay!.stop();
  await world.advance(20_000);
  relay!.start();
  scene.forget();
  const dialledAt = new Set<number>();
  world.observe({
    event: (_, event) => {
      if (event.type === 'relay' && event.relay.state === 'dialing') dialledAt.add(Math.floor(world.nowMs));
    },
  });
  await world.advance(60_000);
  expect(dialledAt.size).toBe(12); // each at a moment of its own
  expect(world.devices.every(({ network }) => network?.relays()[0]?.state === 'admitted')).toBe(true);
  expect(scene.heard.filter(({ event }) => event.type === 'peer')).toEqual([]);
});
