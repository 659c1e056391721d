/** A small world in which every pair that shall be together is, and what has happened in it since then. */
import { expect } from 'vitest';
import type { MeshEvent } from '../../../src/mesh/api.js';
import type { Device } from '../../../src/sim/device.js';
import type { Disturbance, Host } from '../../../src/sim/net.js';
import { World, type WorldOptions } from '../../../src/sim/world.js';

export interface Scene {
  world: World;
  /** In the order of their ids: the first one makes the first offer. */
  devices: Device[];
  /** Since the scene began, or since `forget`. */
  heard: { device: Device; event: MeshEvent }[];
  forget(): void;
  /** Changes of state towards a peer, as `active: answered`; both ends of the pair, without saying which. */
  changes(a: Device, b: Device): string[];
  /** Waits until they are active with each other; the milliseconds. Fails beyond the bound. */
  together(a: Device, b: Device, boundMs: number): Promise<number>;
  epochs(a: Device, b: Device): (number | undefined)[];
}

const START_MS = 60_000;

/** No device is started yet. */
export function newScene(options: Partial<WorldOptions> & { seed: string }): Scene {
  const world = new World({ nodes: 2, relays: 1, ...options });
  const heard: Scene['heard'] = [];
  world.observe({ event: (device, event) => heard.push({ device, event }) });
  return {
    world,
    devices: [...world.devices].sort((a, b) => (a.id < b.id ? -1 : 1)),
    heard,
    forget: () => {
      heard.length = 0;
    },
    changes: (a, b) =>
      heard.flatMap(({ device, event }) => {
        if (event.type !== 'peer' || event.from === event.to) return [];
        const isTheirs =
          (device === a && event.peer.deviceId === b.id) || (device === b && event.peer.deviceId === a.id);
        return isTheirs ? [`${event.to}: ${event.reason}`] : [];
      }),
    together: async (a, b, boundMs) => {
      const tookMs = await world.until(() => world.areActive(a, b), boundMs, 5);
      expect(tookMs, `${a.name} and ${b.name} together within ${boundMs} ms`).not.toBeNull();
      return tookMs!;
    },
    epochs: (a, b) => [a.network?.peer(b.id)?.epoch, b.network?.peer(a.id)?.epoch],
  };
}

export async function settledScene(options: Partial<WorldOptions> & { seed: string }): Promise<Scene> {
  const scene = newScene(options);
  const { world } = scene;
  for (const device of world.devices) await world.start(device);
  expect(await world.until(() => world.converged(), START_MS), `seed ${options.seed}`).not.toBeNull();
  await world.advance(15_000);
  scene.forget();
  return scene;
}

/** Nothing passes between these hosts and any other. */
export function cutOff(...hosts: Host[]): Disturbance {
  return {
    affects: (from, to) => hosts.includes(from) !== hosts.includes(to),
    worsen: (conditions) => {
      conditions.cut = true;
    },
  };
}

/** Nothing passes between the two themselves; they reach everybody else. */
export function cutBetween(a: Host, b: Host): Disturbance {
  return {
    affects: (from, to) => (from === a && to === b) || (from === b && to === a),
    worsen: (conditions) => {
      conditions.cut = true;
    },
  };
}

/** For as long as `ms`. */
export async function disturbed(world: World, disturbance: Disturbance, ms: number): Promise<void> {
  await world.disturb();
  world.net.disturb(disturbance);
  await world.advance(ms);
  await world.disturb();
  world.net.restore(disturbance);
}
