import { describe, expect, it } from 'vitest';
import { compileFilters } from '../../src/relay/filter.js';
import { EventStore } from '../../src/relay/store.js';
import type { NostrEvent } from '../../src/signaling/nostr-event.js';

const event = (change: Partial<NostrEvent> = {}): NostrEvent => ({
  id: 'i',
  pubkey: 'p',
  created_at: 100,
  kind: 1077,
  tags: [
    ['r', 'room'],
    ['p', 'bob', 'extra'],
  ],
  content: '',
  sig: 's',
  ...change,
});

describe('filters', () => {
  it.each([
    [[], true],
    [[{}], true],
    [[{ kinds: [1077] }], true],
    [[{ kinds: [1] }, { '#r': ['room'] }], true],
    [[{ kinds: [1077], '#r': ['other'] }], false],
    [[{ '#p': ['alice', 'bob'] }], true],
    [[{ '#p': ['extra'] }], false],
    [[{ ids: ['i'], authors: ['p'] }], true],
    [[{ authors: ['pp'] }], false],
    [[{ since: 100, until: 100 }], true],
    [[{ since: 101 }], false],
    [[{ until: 99 }], false],
    [[{ since: 'soon', until: null, limit: 0, '#long': ['x'], search: 'x' }], true],
    [[{ kinds: 'all' }], false],
    [[null], false],
    [['x'], false],
    [[[]], false],
  ])('%j → %s', (filters, matches) => {
    expect(compileFilters(filters as unknown[])(event())).toBe(matches);
  });
});

describe('EventStore', () => {
  const everything = () => true;

  it('keeps presence for 15 minutes and nothing that is ephemeral', () => {
    let nowMs = 0;
    const store = new EventStore(() => nowMs);
    store.add(event({ id: 'old' }));
    store.add(event({ id: 'passing', kind: 21_077 }));
    nowMs = 60_000;
    store.add(event({ id: 'new' }));
    expect(store.query(everything).map(({ id }) => id)).toEqual(['old', 'new']);
    nowMs = 900_001;
    expect(store.query(everything).map(({ id }) => id)).toEqual(['new']);
  });

  it('holds 8192, replays the newest 500, keeps an event once', () => {
    const store = new EventStore(() => 0);
    for (let i = 0; i < 9_000; i += 1) store.add(event({ id: `${i}` }));
    store.add(event({ id: '8999' }));
    expect(store.size).toBe(8_192);
    const replay = store.query(everything).map(({ id }) => id);
    expect(replay).toHaveLength(500);
    expect([replay[0], replay.at(-1)]).toEqual(['8500', '8999']);
  });
});
