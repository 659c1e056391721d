/** Who may hand on what for whom, how far, and where to. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateIdentity } from '../../src/identity/keys.js';
import { Router } from '../../src/mesh/router.js';
import { isForwarder, maxHops, nextHops } from '../../src/mesh/routes.js';
import { edges, type Topology } from '../../src/mesh/topology.js';
import { decodeFrame } from '../../src/protocol/codec.js';
import { encodeRouted, type Routed, unwrap } from '../../src/protocol/routed.js';
import { newIdentities, runtime } from '../support/meshes.js';

const [HUB, A, B, C] = newIdentities(4).map(({ deviceId }) => deviceId) as [string, string, string, string];
const STAR: Topology = { kind: 'star', hub: HUB };

const message = (more: Partial<Routed> = {}): Routed => ({
  kind: 'routed',
  dst: '',
  src: A,
  channel: 'c',
  body: 'hi',
  ttl: 3,
  id: 18_446_744_073_709_551_615n,
  ...more,
});

/** One device, and what it delivers and hands on. */
function device(me: string, { topology = STAR, connected = [HUB, A, B, C], mayAdmit = (): boolean => true } = {}) {
  const delivered: string[] = [];
  const handedOn: [string, Routed][] = [];
  const others = connected.filter((id) => id !== me);
  const router = new Router({
    me,
    topology: () => topology,
    connected: () => others,
    mayAdmit,
    randomBytes: (length) => runtime.randomBytes(length),
    transmit: () => ({ status: 'queued' }),
    offer: (to, frame) => {
      handedOn.push([to, read(frame)]);
      return true;
    },
    deliver: (origin, channel, body, via) => void delivered.push(`${channel} ${body} of ${origin} by ${via}`),
  });
  return { router, delivered, handedOn };
}

function read(frame: string): Routed {
  const data = Buffer.from(frame);
  const decoded = decodeFrame(data);
  return (decoded.ok ? unwrap(decoded.frame, data) : undefined) as Routed;
}

describe('a hub', () => {
  it('delivers what is for all, and hands it on to all others, id unchanged, one hop fewer', () => {
    const { router, delivered, handedOn } = device(HUB);
    router.received(A, message());
    expect(delivered).toEqual([`c hi of ${A} by ${A}`]);
    expect(handedOn).toEqual([
      [B, message({ ttl: 2 })],
      [C, message({ ttl: 2 })],
    ]);
  });

  it('hands on what is for one to that one, and does not look at it itself', () => {
    const { router, delivered, handedOn } = device(HUB);
    router.received(A, message({ dst: B, src: '' }));
    expect([delivered, handedOn]).toEqual([[], [[B, message({ dst: B, ttl: 2 })]]]);
  });

  it('hands on once what comes twice, and nothing that has gone far enough', () => {
    const { router, delivered, handedOn } = device(HUB);
    router.received(A, message());
    router.received(A, message());
    router.received(A, message({ id: 7n, ttl: 0 }));
    expect([delivered.length, handedOn.length]).toEqual([2, 2]);
  });

  it('takes two of another sender, or without an id, for two', () => {
    const { router, delivered } = device(HUB);
    router.received(A, message());
    router.received(B, message({ src: B }));
    router.received(B, message({ src: B, id: 0n }));
    router.received(B, message({ src: B, id: 0n }));
    expect(delivered.length).toBe(4);
  });
});

describe('a spoke', () => {
  it('hears by the hub what another one says, and hands on nothing', () => {
    const { router, delivered, handedOn } = device(B);
    router.received(HUB, message());
    router.received(HUB, message({ dst: B, id: 2n }));
    router.received(HUB, message({ dst: C, id: 3n }));
    expect(delivered).toEqual(Array(2).fill(`c hi of ${A} by ${HUB}`));
    expect(handedOn).toEqual([]);
  });

  it.each([
    ['by who is no hub', C, {}],
    ['in its own name', HUB, { src: B }],
    ['for nobody that can be', HUB, { src: 'x'.repeat(60_000) }],
  ])('does not hear what comes %s', (_, carrier, more) => {
    const { router, delivered } = device(B);
    router.received(carrier, message(more));
    expect(delivered).toEqual([]);
  });

  it('does not hear by others whom it would not hear itself', () => {
    const { router, delivered } = device(B, { mayAdmit: () => false });
    router.received(HUB, message());
    expect(delivered).toEqual([]);
  });

  it('hears nothing handed on where all are connected', () => {
    const { router, delivered } = device(B, { topology: { kind: 'full_mesh' } as Topology });
    router.received(HUB, message());
    expect(delivered).toEqual([]);
    expect([router.send(C, 'c', 1), router.toAll('c', 1)]).toEqual([undefined, undefined]);
  });

  it('sends by the hub, and by nobody when the hub is not there', () => {
    const { router, handedOn } = device(B);
    expect(router.send(A, 'c', { n: 1 })).toEqual({ status: 'sent' });
    expect(handedOn).toEqual([[HUB, { ...message({ src: B, dst: A, body: { n: 1 } }), id: expect.any(BigInt) }]]);
    expect(device(B, { connected: [C] }).router.send(A, 'c', 1)).toBeUndefined();
  });

  it('says what cannot be sent', () => {
    const { router } = device(B);
    expect(router.send(A, 'c', 'x'.repeat(65_500))).toEqual({ status: 'refused', reason: 'too-large' });
    expect(() => router.send(A, 'c', 1n)).toThrow(/not JSON/);
  });
});

const seed = 20_261_126;
const devices = (count: number, random: () => number) =>
  Array.from({ length: count }, () =>
    generateIdentity({ randomBytes: (length) => Uint8Array.from({ length }, () => random() * 256) }),
  ).map(({ deviceId }) => deviceId);

/** Hops of a message between two devices, each handing it to the best of those it is connected with. */
function hops(topology: Topology, ids: string[], from: string, to: string): number {
  let at = from;
  let carrier = '';
  for (let hop = 1; hop <= maxHops(topology); hop += 1) {
    const isEdge = edges(topology, at, ids);
    const connected = ids.filter((id) => id !== at && id !== carrier && isEdge(id));
    if (connected.includes(to)) return hop;
    [carrier, at] = [at, nextHops(topology, to, connected)[0] ?? ''];
    if (at === '' || !isForwarder(topology, at)) return Number.POSITIVE_INFINITY;
  }
  return Number.POSITIVE_INFINITY;
}

it(`a message to one reaches it, in rings of up to 60 and behind any hubs, seed ${seed}`, () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 3, max: 60 }),
      fc.integer({ min: 1, max: 4 }),
      fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
      (count, hubs, stream) => {
        const ids = devices(count, () => stream.next().value as number);
        if (new Set(ids).size < count) return;
        const [from, to] = [ids[0]!, ids.at(-1)!];
        const topologies: Topology[] = [
          { kind: 'ring' },
          { kind: 'star', hub: ids[1]! },
          { kind: 'hubs', hubs: ids.slice(0, hubs), spoke_redundancy: 1 },
        ];
        for (const topology of topologies) expect(hops(topology, ids, from, to)).toBeLessThanOrEqual(maxHops(topology));
      },
    ),
    { seed, numRuns: 100 },
  );
});

it('what is encoded is what is read', () => {
  expect(read(encodeRouted(message()))).toEqual(message());
});
