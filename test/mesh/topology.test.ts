/** Who is connected with whom: upstream's vectors, and what must hold for any set of devices. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edges, hubScore, hubsOf, ringNeighbours, ringOf, type Topology } from '../../src/mesh/topology.js';

interface Vectors {
  ring_selection: { members: string[]; cases: { me: string; n1: string[]; n3: string[]; n4: string[] }[] };
  hub_selection: { hubs: string[]; redundancy_1: Record<string, string[]>; redundancy_2: Record<string, string[]> };
  hub_scores: { scores: Record<string, Record<string, string>> };
}
const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../fixtures/topology/selection.json', import.meta.url), 'utf8'),
);

describe("upstream's vectors", () => {
  const { members, cases } = vectors.ring_selection;
  it.each(cases)('ring: $me', ({ me, n1, n3, n4 }) => {
    const ring = ringOf(members);
    const chosen = (preferred: number) => [...ringNeighbours(ring, me, preferred)].sort();
    expect([chosen(1), chosen(3), chosen(4)]).toEqual([n1, n3, n4]);
  });

  const { hubs, redundancy_1, redundancy_2 } = vectors.hub_selection;
  it.each(Object.keys(redundancy_2))('hubs: %s', (spoke) => {
    const chosen = (redundancy: number) => hubsOf(spoke, hubs, redundancy).sort();
    expect([chosen(1), chosen(2)]).toEqual([redundancy_1[spoke], redundancy_2[spoke]]);
    for (const [hub, score] of Object.entries(vectors.hub_scores.scores[spoke]!)) {
      expect(hubScore(spoke, hub)).toBe(BigInt(score));
    }
  });
});

const id = fc.stringMatching(/^[a-z2-7]{1,8}$/);
const device = fc.uniqueArray(id, { minLength: 2, maxLength: 24 });
const size = fc.option(fc.nat(9));
const seed = 20_261_125;

/** A topology over these devices whose hubs are among them. */
const shaped = device.chain((ids) =>
  fc.record({
    ids: fc.constant(ids),
    topology: fc.oneof(
      fc.constant<Topology>({ kind: 'full_mesh' }),
      size.map((n_preferred): Topology => ({ kind: 'ring', n_preferred })),
      fc.constantFrom(...ids).map((hub): Topology => ({ kind: 'star', hub })),
      fc
        .record({ hubs: fc.uniqueArray(fc.constantFrom(...ids), { minLength: 1 }), spoke_redundancy: size })
        .map((hubs): Topology => ({ kind: 'hubs', ...hubs })),
    ),
  }),
);

const neighboursOf = (topology: Topology, me: string, ids: string[]) =>
  ids.filter((peer) => peer !== me).filter(edges(topology, me, ids));

it(`every device reaches every other over links, seed ${seed}`, () => {
  fc.assert(
    fc.property(shaped, ({ topology, ids }) => {
      const reached = new Set([ids[0]!]);
      for (const each of reached) for (const next of neighboursOf(topology, each, ids)) reached.add(next);
      return reached.size === ids.length;
    }),
    { seed, numRuns: 500 },
  );
});

it(`both ends of a pair agree, in whatever order they know the others, seed ${seed}`, () => {
  fc.assert(
    fc.property(shaped, ({ topology, ids }) => {
      const shuffled = [...ids].reverse();
      return ids.every((a) =>
        ids.every((b) => a === b || edges(topology, a, ids)(b) === edges(topology, b, shuffled)(a)),
      );
    }),
    { seed, numRuns: 300 },
  );
});

it(`a device that is not yet known is judged as if it were, seed ${seed}`, () => {
  fc.assert(
    fc.property(shaped, ({ topology, ids: [newcomer, me, ...others] }) => {
      const now = edges(topology, me!, others)(newcomer!);
      return now === edges(topology, me!, [...others, newcomer!])(newcomer!);
    }),
    { seed, numRuns: 300 },
  );
});

it('a ring of no more than its number keeps everybody', () => {
  const ids = ['a', 'b', 'c', 'd'];
  expect(neighboursOf({ kind: 'ring' }, 'a', ids)).toEqual(['b', 'c', 'd']);
  expect(neighboursOf({ kind: 'ring', n_preferred: 2 }, 'a', ids)).toEqual(['b', 'd']);
});

it('hubs may be named with the suffix that is shown to people', () => {
  const hub = 'fofj4nsa7vlyhkipovpdrpn5kzd6qrrmfggq7tshcyif6ujgy3ea';
  for (const topology of [
    { kind: 'star', hub: `${hub}-C4D87` },
    { kind: 'hubs', hubs: [`${hub}-C4D87`] },
  ] as Topology[]) {
    expect(edges(topology, 'a', [])(hub)).toBe(true);
    expect(edges(topology, hub, [])('a')).toBe(true);
    expect(edges(topology, 'a', [])('b')).toBe(false);
  }
});

it('a thousand devices in a ring are judged at once', () => {
  const ids = Array.from({ length: 1_000 }, (_, index) => `d${index}`);
  expect(neighboursOf({ kind: 'ring' }, 'd0', ids).length).toBeGreaterThanOrEqual(3);
});
