import { afterEach, expect, it } from 'vitest';
import { type Relay, startRelay } from '../../src/relay/relay-server.js';
import { runtime, startNode, type TestNode, until } from './support/node.js';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function relay(port = 0): Promise<Relay> {
  const started = await startRelay({ host: '127.0.0.1', port, runtime });
  cleanups.push(() => started.close());
  return started;
}

async function node(relays: Relay[]): Promise<TestNode> {
  const started = startNode(relays.map(({ url }) => url));
  cleanups.push(() => started.signaling.close());
  await until('admitted everywhere', () => started.admitted.length === relays.length);
  return started;
}

const kinds = ({ signals }: TestNode) => signals.map(({ kind }) => kind);

it('carries announces, negotiation and leaves between two devices, with proof', async () => {
  const server = await relay();
  const [a, b] = [await node([server]), await node([server])];
  a.signaling.publish({ kind: 'announce', reflection: false });
  await until('announce', () => b.signals.length === 1);
  b.signaling.publish({ kind: 'offer', to: a.id, sdp: 'v=0\r\n', neg: 'n1' });
  await until('offer', () => a.signals.length === 1);
  a.signaling.publish({ kind: 'answer', to: b.id, sdp: 'v=0\r\nx', neg: 'n1' });
  a.signaling.publish({ kind: 'candidate', to: b.id, candidate: 'candidate:1 1 udp 1 127.0.0.1 5 typ host' });
  a.signaling.publish({ kind: 'leave' });
  await until('the rest', () => b.signals.length === 4);
  expect(kinds(b)).toEqual(['announce', 'answer', 'candidate', 'leave']);
  expect(a.signals).toMatchObject([{ kind: 'offer', from: b.id, sdp: 'v=0\r\n', proof: { seq: 1, neg: 'n1' } }]);
  expect(b.signals.map(({ proof }) => proof?.seq)).toEqual([1, 2, 3, 4]);
});
