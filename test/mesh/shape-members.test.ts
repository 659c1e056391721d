/** Whose presence changes a ring. */
import { expect, it } from 'vitest';
import type { Shaping } from '../../machines/peer-events.js';
import type { PeerState } from '../../src/mesh/api.js';
import { Shape } from '../../src/mesh/shape.js';

/** `c` in a ring of a, b, c, d, e in which each keeps its two neighbours. */
function ringOfFive() {
  const peers = new Map(
    ['a', 'b', 'd', 'e'].map((id) => [id, { state: 'active' as PeerState, shaped: [] as Shaping[] }]),
  );
  const rostered = new Set(peers.keys());
  const shape = new Shape({
    me: 'c',
    topology: { kind: 'ring', n_preferred: 2 },
    dialsByItself: true,
    peers: () =>
      [...peers].map(([id, peer]) => ({
        id,
        state: peer.state,
        shape: (shaping: Shaping) => void peer.shaped.push(shaping),
      })),
    isRostered: (id) => rostered.has(id),
  });
  shape.regroup();
  const kept = () => [...peers.keys()].filter((id) => shape.of(id).keeps);
  return { shape, peers, rostered, kept };
}

it('closes around a neighbour that is stale, and opens again', () => {
  const { shape, peers, kept } = ringOfFive();
  expect(kept()).toEqual(['b', 'd']);
  peers.get('d')!.state = 'stale';
  shape.regroup();
  expect(kept(), 'the stale one is kept all the same').toEqual(['b', 'd', 'e']);
  peers.get('d')!.state = 'active';
  shape.regroup();
  expect(kept()).toEqual(['b', 'd']);
});

it('does not look at devices that nobody rostered, so that nobody can announce a ring apart', () => {
  const { shape, peers, kept } = ringOfFive();
  for (const id of ['bb', 'cc', 'ccc']) peers.set(id, { state: 'sighted', shaped: [] });
  shape.regroup();
  expect(kept().filter((id) => id.length === 1)).toEqual(['b', 'd']);
});

it('says nothing while the members stay the same', () => {
  const { shape, peers } = ringOfFive();
  const told = () => [...peers.values()].map(({ shaped }) => shaped.length);
  const before = told();
  shape.regroup();
  expect(told()).toEqual(before);
});

it('pins outrank it, and a network that dials nobody by itself keeps what it has', () => {
  const { shape } = ringOfFive();
  shape.pin('a');
  expect(shape.of('a')).toEqual({ dials: true, keeps: true });
  shape.unpin('a');
  expect(shape.of('a')).toEqual({ dials: false, keeps: false });
  const silent = new Shape({
    me: 'c',
    topology: { kind: 'full_mesh' },
    dialsByItself: false,
    peers: () => [],
    isRostered: () => true,
  });
  expect(silent.of('a')).toEqual({ dials: false, keeps: true });
  silent.pin('a');
  expect(silent.of('a')).toEqual({ dials: true, keeps: true });
});
