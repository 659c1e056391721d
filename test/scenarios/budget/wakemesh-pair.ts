/** Two Wakemesh devices of a simulated world as the ends of a budget pair. */
import type { Device } from '../../../src/sim/device.js';
import { World } from '../../../src/sim/world.js';
import { NET } from './cells.js';
import type { End } from './pair.js';

const START_MS = 60_000;
/** Idle before anything happens: every first announce and measurement is over. */
const IDLE_MS = 12_000;

export async function wakemeshPair(seed: string) {
  const world = new World({ seed, nodes: 2, relays: 1, net: NET });
  const [first, second] = [...world.devices].sort((a, b) => (a.id < b.id ? -1 : 1)) as [Device, Device];
  for (const device of world.devices) await world.start(device);
  if ((await world.until(() => world.converged(), START_MS)) === null) throw new Error(`seed ${seed}: never met`);
  await world.advance(IDLE_MS);
  return { world, ends: { offerer: endOf(world, first, second), answerer: endOf(world, second, first) } };
}

export function endOf(world: World, device: Device, peer: { id: string }): End {
  const channel = () => device.network!.channel<number>('budget');
  const listen = () => {
    channel().subscribe(({ payload }) => end.received(payload));
  };
  const end: End = {
    host: device,
    received: () => {},
    send: (number) => {
      if (device.isUp) channel().send(peer.id, number);
    },
    kill: () => world.kill(device),
    start: () => world.start(device).then(listen),
  };
  listen();
  return end;
}
