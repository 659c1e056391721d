/**
 * A relay that we did not write (`@nostr-relay/core`), as it comes. It differs from ours where NIP-01 leaves room: it
 * caches what a REQ finds for a second, answers an event it knows with OK, and forwards by kind and time alone, so that
 * each client hears every room.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { SignalingOptions } from '../../src/signaling/network-signaling.js';
import { roomHandle } from '../../src/signaling/room.js';
import { closeAll, newIdentities, openMember, until as untilMesh } from '../support/meshes.js';
import { ForeignRelay } from './support/foreign-relay.js';
import { ROOM, runtime, startNode, type TestNode, until } from './support/node.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  await closeAll();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function relay(port = 0): Promise<ForeignRelay> {
  const started = await ForeignRelay.start(port);
  cleanups.push(() => started.close());
  return started;
}

async function admitted(
  server: { url: string },
  room = ROOM,
  options: Partial<SignalingOptions> = {},
): Promise<TestNode> {
  const node = startNode([server.url], room, undefined, options);
  cleanups.push(() => node.signaling.close());
  await until('admitted', () => node.admitted.length === 1);
  return node;
}

const announce = { kind: 'announce', reflection: false } as const;
const offerTo = (to: string, sdp: string) => ({ kind: 'offer', to, sdp, neg: 'n1' }) as const;

describe('signaling over it', () => {
  it('carries announces, negotiation and leaves, with proof', async () => {
    const server = await relay();
    const [a, b] = [await admitted(server), await admitted(server)];
    a.signaling.publish(announce);
    await until('announce', () => b.signals.length === 1);
    b.signaling.publish(offerTo(a.id, 'v=0\r\n'));
    await until('offer', () => a.signals.length === 1);
    a.signaling.publish({ kind: 'answer', to: b.id, sdp: 'v=0\r\nx', neg: 'n1' });
    a.signaling.publish({ kind: 'candidate', to: b.id, candidate: 'candidate:1 1 udp 1 127.0.0.1 5 typ host' });
    a.signaling.publish({ kind: 'leave' });
    await until('the rest', () => b.signals.length === 4);
    expect(b.signals.map(({ kind }) => kind)).toEqual(['announce', 'answer', 'candidate', 'leave']);
    expect([...a.signals, ...b.signals].every(({ proof }) => proof !== null)).toBe(true);
  });

  it('tells a newcomer who is present', async () => {
    const server = await relay();
    const a = await admitted(server);
    a.signaling.publish(announce);
    await until('taken', () => server.frames.some(([verb]) => verb === 'EVENT'));
    // With a clock of its own, or its question would be word for word that of `a`, whose answer is cached.
    const ahead = { ...runtime, clocks: () => ({ ...runtime.clocks(), wallMs: runtime.clocks().wallMs + 10_000 }) };
    const b = await admitted(server, ROOM, { runtime: ahead });
    await until('presence', () => b.signals.length === 1);
    expect(b.signals[0]).toMatchObject({ kind: 'announce', from: a.id });
  });

  it('keeps rooms and recipients apart although the relay does not', async () => {
    const server = await relay();
    const [a, b] = [await admitted(server), await admitted(server)];
    const other = await admitted(server, roomHandle('wakemesh-test', 'other'));
    other.signaling.publish(announce);
    other.signaling.publish(offerTo(a.id, 'v=foreign room'));
    b.signaling.publish(offerTo(other.id, 'v=not for a'));
    b.signaling.publish(offerTo(a.id, 'v=0'));
    await until('the one for us', () => a.signals.length >= 1);
    expect(a.signals).toMatchObject([{ kind: 'offer', from: b.id, sdp: 'v=0' }]);
    expect(other.signals).toEqual([]);
  });

  it('survives its restart: subscribed anew, and what was said meanwhile is repeated', async () => {
    const server = await relay();
    const [a, b] = [await admitted(server), await admitted(server)];
    await server.close();
    await until('backoff', () => [a, b].every((node) => node.signaling.relays()[0]?.state === 'backoff'));
    a.signaling.publish(offerTo(b.id, 'v=0'));
    await relay(server.port);
    b.signaling.checkRelays();
    await until('b is back', () => b.admitted.length === 2);
    a.signaling.checkRelays();
    await until('offer', () => b.signals.length === 1);
    expect(b.signals).toMatchObject([{ kind: 'offer', from: a.id }]);
  });
});

it('two meshes meet over it, and never say the same description twice', async () => {
  const server = await relay();
  const [first, second] = newIdentities(2);
  const a = await openMember(server, { identity: first! });
  const b = await openMember(server, { identity: second! });
  await untilMesh(() => a.sees(b)?.state === 'active' && b.sees(a)?.state === 'active');
  b.network.channel('chat').send(a.id, 'hello');
  const descriptions = server.frames
    .filter(([verb]) => verb === 'EVENT')
    .map(([, event]) => JSON.parse((event as { content: string }).content).sdp)
    .filter((sdp) => sdp !== undefined);
  expect(descriptions.length).toBeGreaterThanOrEqual(2);
  expect(new Set(descriptions).size).toBe(descriptions.length);
});
