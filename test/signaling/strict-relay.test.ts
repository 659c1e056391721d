/** A relay of strfry's kind: `p` values must be 64 hex digits, in a subscription and in an event. */
import { afterEach, expect, it } from 'vitest';
import { type Relay, startRelay } from '../../src/relay/relay-server.js';
import { runtime, startNode, type TestNode, until } from './support/node.js';
import { StrictRelay } from './support/strict-relay.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function strict(): Promise<StrictRelay> {
  const started = await StrictRelay.start();
  cleanups.push(() => started.close());
  return started;
}

async function relay(): Promise<Relay> {
  const started = await startRelay({ host: '127.0.0.1', port: 0, runtime });
  cleanups.push(() => started.close());
  return started;
}

async function admitted(...servers: { url: string }[]): Promise<TestNode> {
  const node = startNode(servers.map(({ url }) => url));
  cleanups.push(() => node.signaling.close());
  await until('admitted', () => node.admitted.length === servers.length);
  return node;
}

const offerTo = (to: string) => ({ kind: 'offer', to, sdp: 'v=0\r\n', neg: 'n1' }) as const;

it('two devices negotiate over it: the recipient is named in the content alone', async () => {
  const server = await strict();
  const [a, b] = [await admitted(server), await admitted(server)];
  a.signaling.publish({ kind: 'announce', reflection: false });
  b.signaling.publish(offerTo(a.id));
  await until('offer', () => a.signals.length === 1);
  a.signaling.publish({ kind: 'answer', to: b.id, sdp: 'v=0\r\nx', neg: 'n1' });
  a.signaling.publish({ kind: 'candidate', to: b.id, candidate: 'candidate:1 1 udp 1 127.0.0.1 5 typ host' });
  a.signaling.publish({ kind: 'leave' });
  await until('all', () => b.signals.length === 4);
  expect(b.signals.map(({ kind }) => kind)).toEqual(['announce', 'answer', 'candidate', 'leave']);
  expect(server.refused).toEqual(['REQ', 'REQ']);
});

it('beside a relay that takes tags: each gets its form, and what comes over both is heard once', async () => {
  const [server, plain] = [await strict(), await relay()];
  const [a, b] = [await admitted(server, plain), await admitted(server, plain)];
  b.signaling.publish(offerTo(a.id));
  b.signaling.publish({ kind: 'announce', reflection: false });
  await until('both', () => a.signals.length >= 2);
  await until('on both relays', () => plain.stats().eventsRelayed === 2 && server.accepted === 2);
  b.signaling.publish({ kind: 'leave' });
  await until('what came later', () => a.signals.some(({ kind }) => kind === 'leave'));
  expect(a.signals.map(({ kind }) => kind).sort()).toEqual(['announce', 'leave', 'offer']);
});

it('what waited for a relay goes out in the form that it takes', async () => {
  const server = await strict();
  const b = await admitted(server);
  const a = startNode([server.url]);
  cleanups.push(() => a.signaling.close());
  a.signaling.publish(offerTo(b.id));
  await until('offer', () => b.signals.length === 1);
  expect(server.refused).toEqual(['REQ', 'REQ']);
});
