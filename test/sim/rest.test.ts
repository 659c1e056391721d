/** What is put off must not show: a doubt takes as long as in a world where nothing is put off. */
import { expect, it } from 'vitest';
import type { Device } from '../../src/sim/device.js';
import { World } from '../../src/sim/world.js';

const SEED = 'rest 1';

/** Both ends of the pair, from the end of the freeze, without names. */
async function changesAfterLostPath(exact: boolean): Promise<string[]> {
  const world = new World({ seed: SEED, nodes: 2, exact });
  for (const device of world.devices) await world.start(device);
  expect(await world.until(() => world.converged(), 60_000), `seed ${SEED}`).not.toBeNull();
  await world.advance(20_000);
  const [, b] = world.devices as [Device, Device];
  await world.disturb();
  b.process.freeze();
  await world.advance(40_000);
  world.loseMapping(b);
  const changes: string[] = [];
  const thawedMs = world.nowMs;
  world.observe({
    event: (device, event) => {
      if (event.type !== 'peer') return;
      const tenths = Math.round((world.nowMs - thawedMs) / 100);
      changes.push(`${tenths} ${device.name} ${event.peer.detail}: ${event.reason}`);
    },
  });
  b.process.thaw();
  await world.advance(20_000);
  return changes;
}

it('a peer that is asked is asked as often', async () => {
  const lazy = await changesAfterLostPath(false);
  expect(lazy).toContainEqual(expect.stringMatching(/^5 n1 stale\.restarting/));
  expect(lazy).toEqual(await changesAfterLostPath(true));
});
