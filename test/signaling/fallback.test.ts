/** Public relays on real sockets, the waits on a virtual clock: nobody is asked whom the configuration does not name. */
import { afterEach, expect, it } from 'vitest';
import { type Relay, startRelay } from '../../src/relay/relay-server.js';
import { VirtualClock } from '../../src/sim/virtual-clock.js';
import { runtime, startNode, startParent, until } from './support/node.js';
import { ScriptedRelay } from './support/scripted-relay.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function relay(port = 0): Promise<Relay> {
  const started = await startRelay({ host: '127.0.0.1', port, runtime });
  cleanups.push(() => started.close());
  return started;
}

function start(relays: string[], fallbackRelays: string[]) {
  const clock = new VirtualClock();
  const node = startNode(relays, undefined, undefined, { parent: startParent(clock), fallbackRelays });
  cleanups.push(() => node.signaling.close());
  const states = () => node.signaling.relays().map(({ state }) => state);
  return { ...node, clock, states };
}

it('asks the public relays after 21 s without a configured one, and leaves them when that is back; again and again', async () => {
  const [home, publicOne, publicTwo] = [await relay(), await relay(), await relay()];
  await home.close();
  const node = start([home.url], [publicOne.url, publicTwo.url]);
  await until('home cannot be reached', () => node.states()[0] === 'backoff');
  let port = home.port;
  for (let round = 1; round <= 2; round += 1) {
    node.clock.advance(20_999);
    expect([publicOne, publicTwo].map((each) => each.stats().connectionsTotal)).toEqual([round - 1, round - 1]);
    node.clock.advance(1);
    await until('public relays', () => node.states().slice(1).join() === 'admitted,admitted');
    const back = await relay(port);
    port = back.port;
    node.signaling.checkRelays();
    await until('home is back', () => node.states()[0] === 'admitted');
    await until('public relays are left', () => [publicOne, publicTwo].every((each) => each.stats().connections === 0));
    expect(node.signaling.relays()).toEqual([{ url: back.url, state: 'admitted' }]);
    await back.close();
    await until('home is gone', () => node.states()[0] === 'backoff');
  }
});

it('asks nobody while one configured relay admits us', async () => {
  const [home, spare] = [await relay(), await relay()];
  const node = start(['ws://127.0.0.1:1', home.url], [spare.url]);
  await until('admitted', () => node.states()[1] === 'admitted');
  node.clock.advance(24_000);
  expect(spare.stats().connectionsTotal).toBe(0);
  expect(node.signaling.relays().map(({ url }) => url)).not.toContain(spare.url);
});

it('a relay that takes the socket and never answers does not serve', async () => {
  const [mute, spare] = [await ScriptedRelay.start(), await relay()];
  cleanups.push(() => mute.close());
  mute.answer = () => {};
  const node = start([mute.url], [spare.url]);
  await until('subscribing', () => node.states()[0] === 'subscribing');
  node.clock.advance(21_000);
  await until('the public one', () => node.states()[1] === 'admitted');
});

it('without a fallback nobody else is ever asked', async () => {
  const node = start(['ws://127.0.0.1:1'], []);
  await until('backoff', () => node.states()[0] === 'backoff');
  node.clock.advance(3_600_000);
  expect(node.signaling.relays()).toHaveLength(1);
});

it('closing leaves the public relays too', async () => {
  const spare = await relay();
  const node = start(['ws://127.0.0.1:1'], [spare.url]);
  node.clock.advance(21_000);
  await until('the public one', () => node.states()[1] === 'admitted');
  await node.signaling.close();
  await until('left', () => spare.stats().connections === 0);
  expect(node.clock.pending).toBe(0);
});
