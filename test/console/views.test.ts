/** Where the map puts peers, and what of a lane falls into the stretch of time that is shown. */
import { describe, expect, it } from 'vitest';
import { duration, roundTrip } from '../../src/console/parts/format.js';
import type { Recovery } from '../../src/console/store/state.js';
import { placePeers } from '../../src/console/views/map-places.js';
import { shownSpans, stagesOf, ticks } from '../../src/console/views/timeline-view.js';
import { peerView } from '../support/peer-view.js';

const many = (count: number) =>
  Array.from({ length: count }, (_, n) => peerView(`device-${String(n).padStart(4, '0')}`));
const distance = ({ x, y }: { x: number; y: number }) => Math.hypot(x, y);

describe('the map', () => {
  it('puts a few on a ring with words, and fewer words where it is narrow', () => {
    expect(placePeers(many(6), 900, 700)).toMatchObject({ words: 'all', bands: [] });
    expect(placePeers(many(6), 340, 500).words).toBe('few');
  });

  it.each([
    [900, 700],
    [344, 500],
  ])('keeps 200 inside %d × %d, none on top of another', (width, height) => {
    const { places, words, size } = placePeers(many(200), width, height);
    expect(words).toBe('none');
    for (const place of places) {
      expect(Math.abs(place.x)).toBeLessThanOrEqual(width / 2);
      expect(Math.abs(place.y)).toBeLessThanOrEqual(height / 2);
      const near = places.filter(
        (other) => other !== place && distance({ x: other.x - place.x, y: other.y - place.y }) < size,
      );
      expect(near).toEqual([]);
    }
  });

  it('moves outwards who falls silent, and nobody else', () => {
    const before = placePeers(many(200), 900, 700).places;
    const peers = many(200).map((each, n) => (n === 17 ? { ...each, state: 'stale' as const } : each));
    const after = placePeers(peers, 900, 700).places;
    for (const [n, place] of after.entries()) {
      if (n === 17) expect(distance(place)).toBeGreaterThan(Math.max(...before.map(distance)));
      else expect(place).toMatchObject({ x: before[n]!.x, y: before[n]!.y });
    }
  });

  it('is empty until it has been measured', () => {
    expect(placePeers(many(3), 0, 0).places).toEqual([]);
  });
});

describe('the timeline', () => {
  const spans = [
    { fromMs: 100, state: 'active', detail: 'active.steady', reason: '' },
    { fromMs: 300, state: 'stale', detail: 'stale.probing', reason: '' },
    { fromMs: 400, state: 'gone', detail: 'gone', reason: '' },
  ] as const;

  it('shows what falls into the stretch, cut at its ends', () => {
    const shown = shownSpans([...spans], { fromMs: 200, toMs: 600 }, 500);
    expect(shown.map(({ state, at, share }) => [state, at, share])).toEqual([
      ['active', 0, 0.25],
      ['stale', 0.25, 0.25],
    ]);
  });

  it('lets the last state last until now, not longer', () => {
    expect(shownSpans([spans[0]], { fromMs: 0, toMs: 1_000 }, 600)).toMatchObject([{ at: 0.1, share: 0.5 }]);
  });

  it('marks round times', () => {
    expect(ticks({ fromMs: 61_500, toMs: 76_500 })).toEqual([
      62_000, 64_000, 66_000, 68_000, 70_000, 72_000, 74_000, 76_000,
    ]);
  });

  it('splits a recovery into the steps that it took', () => {
    const recovery: Recovery = {
      type: 'wakemesh.mark',
      kind: 'recovery',
      atMs: 1_350,
      network: 'home',
      device: 'p',
      via: 'frame',
      fromMs: 1_000,
      steps: [
        { step: 'detect', atMs: 1_100 },
        { step: 'first-frame', atMs: 1_350 },
      ],
    };
    expect(stagesOf(recovery)).toEqual([
      { step: 'detect', tookMs: 100 },
      { step: 'first-frame', tookMs: 250 },
    ]);
  });
});

describe('numbers', () => {
  it('are as long as people need them', () => {
    expect([0, 0.42, 42, 1_250, 42_000, 300_000, 10_800_000].map(duration)).toEqual([
      '0 ms',
      '0.42 ms',
      '42 ms',
      '1.3 s',
      '42 s',
      '5 min',
      '3 h',
    ]);
    expect([null, 0.44, 12.3].map(roundTrip)).toEqual(['–', '0.4 ms', '12 ms']);
  });
});
