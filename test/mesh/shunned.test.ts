/** Ten minutes of being left alone, on virtual time: who broke the protocol is not heard, who sent us away is not dialled. */
import { expect, it } from 'vitest';
import type { Device } from '../../src/sim/device.js';
import { World } from '../../src/sim/world.js';

const SHUN_MS = 600_000;
/** A device announces itself at least this often. */
const ANNOUNCE_MS = 140_000;

/** In the order of their ids: the first one makes the first offer. */
async function openPair() {
  const world = new World({ seed: 'shunned', nodes: 2 });
  for (const device of world.devices) await world.start(device);
  expect(await world.until(() => world.converged(), 20_000)).not.toBeNull();
  const [first, second] = world.devices.toSorted((a, b) => (a.id < b.id ? -1 : 1)) as [Device, Device];
  return { world, first, second };
}

/** `to` hears this, as if `from` had said it. */
async function say(world: World, from: Device, to: Device, text: string, times: number): Promise<void> {
  await world.disturb();
  const link = [...world.links.linksOf(to)].find(({ far }) => far?.host === from)!;
  for (let count = 0; count < times; count += 1) link.hear(Buffer.from(text));
  await world.advance(1_000);
}

it.each(['first', 'second'] as const)(
  'the %s one speaks no protocol: not heard for ten minutes, then forgiven',
  async (who) => {
    const { world, ...pair } = await openPair();
    const bad = pair[who];
    const good = who === 'first' ? pair.second : pair.first;
    await say(world, bad, good, 'nonsense', 31);
    await say(world, bad, good, 'nonsense', 31); // as much each second, and still borne with
    expect(good.network!.peer(bad.id)).toMatchObject({ state: 'active', epoch: 1 });
    await say(world, bad, good, 'nonsense', 32);
    expect(good.network!.peer(bad.id)).toBeUndefined();
    await world.advance(SHUN_MS - 5_000);
    expect(good.network!.peer(bad.id)).toBeUndefined();
    expect(await world.until(() => world.areActive(good, bad), ANNOUNCE_MS)).not.toBeNull();
    expect(world.thrown).toEqual([]);
  },
);

it('approve and dial end it at once', async () => {
  for (const forgive of ['approve', 'dial'] as const) {
    const { world, first, second } = await openPair();
    await say(world, second, first, 'nonsense', 32);
    expect(first.network!.peer(second.id)).toBeUndefined();
    await world.disturb();
    await first.network![forgive](second.id);
    expect(await world.until(() => world.areActive(first, second), ANNOUNCE_MS)).not.toBeNull();
  }
});

it('who sends us away and dials nobody is not dialled for ten minutes, whatever it announces', async () => {
  const { world, first, second } = await openPair();
  await world.disturb();
  second.network!.topology = { kind: 'star', hub: 'a'.repeat(52) };
  await say(world, second, first, '{"kind":"deny"}', 1);
  await world.advance(SHUN_MS - 5_000);
  expect(first.network!.peer(second.id)).toBeUndefined();
  expect(await world.until(() => first.network!.peer(second.id)?.state === 'active', ANNOUNCE_MS)).not.toBeNull();
});

it('who sends us away and offers again has changed its mind', async () => {
  const { world, first, second } = await openPair();
  await say(world, first, second, '{"kind":"deny"}', 1);
  expect(await world.until(() => world.areActive(first, second), 30_000)).not.toBeNull();
});
