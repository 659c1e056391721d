/** Paths that break, heal and move: bugs of restarts and rebuilds. */
import { afterEach, expect, it } from 'vitest';
import type { Device } from '../../src/sim/device.js';
import type { SimLink } from '../../src/sim/link.js';
import { cutBetween, cutOff, disturbed, newScene, type Scene, settledScene } from './support/scene.js';

const MINUTE_MS = 60_000;
let scene: Scene;
afterEach(() => expect(scene.world.thrown).toEqual([]));

const linkTo = (from: Device, to: Device): SimLink =>
  [...scene.world.links.linksOf(from)].find(({ far }) => far?.host === to)!;

/** Frames of one kind that this link sends from now on. */
function framesOf(link: SimLink, kind: string): string[] {
  const frames: string[] = [];
  const send = link.send.bind(link);
  link.send = (data) => {
    const text = Buffer.from(data as string).toString();
    if (text.includes(`"kind":"${kind}"`)) frames.push(text);
    return send(data);
  };
  return frames;
}

it('bug-11-rehandshake-over-dead-channel', async () => {
  scene = await settledScene({ seed: 'bug 11' });
  const { world, devices } = scene;
  const [a, b] = devices as [Device, Device];
  const link = linkTo(a, b);
  const hellos = framesOf(link, 'hello');
  const outage = cutBetween(a, b);
  await world.disturb();
  world.net.disturb(outage);
  await world.advance(30_000);
  // One end of the channel breaks while nobody can say so: the other one is open and dead.
  linkTo(b, a).receive('', { kind: 'bye' });
  await world.advance(30_000);
  await world.disturb();
  world.net.restore(outage);
  await scene.together(a, b, 10_000);
  expect(hellos).toEqual([]); // the dead channel was asked, never greeted
  expect(scene.epochs(a, b).every((epoch) => (epoch ?? 0) > 1)).toBe(true);
  expect(scene.changes(a, b)).not.toContainEqual(expect.stringMatching(/^active: (?!approved|answered)/));
});

it('bug-13-path-lost-costs-the-session', async () => {
  scene = await settledScene({ seed: 'bug 13' });
  const { world, devices } = scene;
  const [a, b] = devices as [Device, Device];
  await disturbed(world, cutBetween(a, b), 45_000); // longer than consent lasts
  await scene.together(a, b, 2_000);
  expect(scene.epochs(a, b)).toEqual([1, 1]);
});

it('bug-15-restarts-while-the-network-is-down', async () => {
  scene = await settledScene({ seed: 'bug 15' });
  const { world, devices } = scene;
  const [a, b] = devices as [Device, Device];
  const link = linkTo(a, b);
  let restarts = 0;
  const restartOffer = link.restartOffer.bind(link);
  link.restartOffer = () => {
    restarts += 1;
    return restartOffer();
  };
  await disturbed(world, cutOff(a), 2 * MINUTE_MS);
  expect(restarts).toBe(0);
  await scene.together(a, b, 1_500);
  expect(scene.epochs(a, b)).toEqual([1, 1]);
});

it.each([0, 1])('bug-29-first-connect-is-not-retried: end %i comes first', async (first) => {
  scene = newScene({ seed: `bug 29 ${first}` });
  const { world, devices } = scene;
  const [a, b] = devices as [Device, Device];
  const outage = cutBetween(a, b);
  world.net.disturb(outage);
  await world.start(devices[first]!);
  await world.start(devices[1 - first]!);
  await world.advance(25_000); // the only dial has been given up
  expect(scene.changes(a, b)).toContain('sighted: sighted');
  expect(world.areActive(a, b)).toBe(false);
  world.net.restore(outage);
  await scene.together(a, b, 10_000); // the announce of the first half minute
});

it('bug-33-address-change-is-not-seen', async () => {
  scene = await settledScene({ seed: 'bug 33' });
  const { world, devices } = scene;
  const [a, b] = devices as [Device, Device];
  await world.disturb();
  world.changeAddress(b); // and nobody tells the mesh
  await world.advance(12_000); // silent, and stale
  await scene.together(a, b, 10_000); // its relay is found dead by the routine ping, and dialled from the new address
  expect(scene.epochs(a, b)).toEqual([1, 1]);
});

it('bug-34-return-from-offline-takes-half-a-minute', async () => {
  scene = await settledScene({ seed: 'bug 34', nodes: 4 });
  const { world, devices } = scene;
  const [a, ...others] = devices as [Device, ...Device[]];
  await disturbed(world, cutOff(a), 35_000);
  for (const other of others) await scene.together(a, other, 1_500);
});
