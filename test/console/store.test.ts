/** What the console knows after what a daemon said. */
import { describe, expect, it } from 'vitest';
import { pathsOf } from '../../src/console/store/actors.js';
import { apply } from '../../src/console/store/apply.js';
import { LIMITS } from '../../src/console/store/state.js';
import { type Link, Store } from '../../src/console/store/store.js';
import type { InspectMessage } from '../../src/inspect/messages.js';
import { peerView } from '../support/peer-view.js';
import { actor, event, mesh, NETWORK, peerNow, snapshot, told } from './support.js';

const network = (state: ReturnType<typeof told>) => state.networks.get(NETWORK)!;

describe('peers', () => {
  it('a frozen peer is seen to go stale and come back, and its lane remembers when and why', () => {
    const state = told(
      mesh([peerView('p', { label: 'attic' })]),
      peerNow(2_000, 'p', { state: 'stale', detail: 'stale.probing', reason: 'probe-unanswered' }),
      peerNow(2_500, 'p', { state: 'stale', detail: 'stale.probing', reason: 'probe-unanswered', rttMs: 3 }),
      peerNow(9_000, 'p', { reason: 'frame' }),
    );
    expect(network(state).peers.get('p')?.state).toBe('active');
    const lane = network(state).lanes.get('p')!;
    expect(lane.label).toBe('attic');
    expect(lane.spans.map(({ fromMs, detail, reason }) => [fromMs, detail, reason])).toEqual([
      [1_000, 'active.steady', 'approved'],
      [2_000, 'stale.probing', 'probe-unanswered'],
      [9_000, 'active.steady', 'frame'],
    ]);
  });

  it('one that is gone leaves the map, and its lane ends', () => {
    const state = told(mesh([peerView('p')]), peerNow(2_000, 'p', { state: 'gone', detail: 'gone', reason: 'left' }));
    expect(network(state).peers.size).toBe(0);
    expect(network(state).lanes.get('p')?.spans.at(-1)).toMatchObject({ state: 'gone', reason: 'left' });
  });

  it('one that went while nobody looked is gone in the next whole picture; histories outlive it', () => {
    const state = told(
      mesh([peerView('p'), peerView('q')]),
      peerNow(2_000, 'q', { detail: 'active.verifying' }),
      mesh([peerView('q')], 5_000),
    );
    expect([...network(state).peers.keys()]).toEqual(['q']);
    expect(network(state).lanes.get('p')?.spans.at(-1)).toMatchObject({ fromMs: 5_000, state: 'gone' });
    expect(network(state).lanes.get('q')?.spans).toHaveLength(3);
  });

  it('a network that was left takes its peers and actors with it', () => {
    const state = told(mesh([peerView('p')]), actor('x:p'), mesh([], 2_000, ['other']));
    expect([...state.networks.keys()]).toEqual(['other']);
    expect(state.actors.size).toBe(0);
  });

  it('a peer of a network that nobody spoke of changes nothing', () => {
    expect(told(peerNow(1, 'p', {})).networks.size).toBe(0);
  });
});

describe('marks', () => {
  const mark = (more: object) => ({ type: 'wakemesh.mark', network: NETWORK, ...more }) as InspectMessage;
  const recovery = mark({
    kind: 'recovery',
    atMs: 3_000,
    device: 'p',
    via: 'restart',
    fromMs: 2_000,
    steps: [{ step: 'detect', atMs: 2_400 }],
  });

  it('stand in the lane of whom they are about', () => {
    const state = told(
      mesh([peerView('p')]),
      mark({ kind: 'wake', atMs: 2_000, pausedMs: 40_000, cause: 'frozen' }),
      mark({ kind: 'announce', atMs: 2_001, reason: 'wake' }),
      mark({ kind: 'probe', atMs: 2_002, device: 'p', reason: 'woke' }),
      mark({ kind: 'revived', atMs: 2_900, device: 'p', ms: 900, via: 'frame' }),
      recovery,
    );
    expect(network(state).own.marks.map(({ kind }) => kind)).toEqual(['wake', 'announce']);
    const lane = network(state).lanes.get('p')!;
    expect(lane.marks.map(({ kind }) => kind)).toEqual(['probe', 'revived']);
    expect(lane.recoveries).toBe(1);
    expect(lane.last).toEqual(recovery);
    expect(network(state).lastRecovery).toEqual(recovery);
  });

  it('about strangers are dropped', () => {
    const state = told(mesh([]), recovery, mark({ kind: 'probe', atMs: 1, device: 'p', reason: 'x' }));
    expect(network(state).lanes.size).toBe(0);
    expect(network(state).lastRecovery).toBeNull();
  });
});

describe('actors', () => {
  it('are lit where their snapshot says, and keep their latest steps, events and delays', () => {
    const state = told(
      mesh([]),
      actor('a'),
      event('a', { type: 'FRAME' }),
      {
        type: 'wakemesh.step',
        atMs: 5,
        sessionId: 'a',
        eventType: 'FRAME',
        from: 'm.x',
        to: ['m.y'],
        guard: 'isCurrent',
      },
      snapshot('a', { active: 'steady' }),
      {
        type: 'wakemesh.delays',
        atMs: 5,
        sessionId: 'a',
        armed: [{ eventType: 'xstate.after.PROBE.m.y', delayMs: 10, dueAtMs: 15 }],
      },
    );
    const known = state.actors.get('a')!;
    expect(known.lit).toEqual(['active', 'active.steady']);
    expect(known.context).toEqual({ n: 1 });
    expect(known.events.map(({ type }) => type)).toEqual(['FRAME']);
    expect(known.steps).toMatchObject([{ from: 'm.x', to: ['m.y'], guard: 'isCurrent' }]);
    expect(known.armed).toHaveLength(1);
  });

  it('that have ended have nothing armed, and only the latest of them are kept', () => {
    const state = told(mesh([]));
    for (let n = 0; n < LIMITS.endedActors + 20; n++) {
      apply(state, actor(`a${n}`));
      apply(state, snapshot(`a${n}`, 'gone', 'done'));
    }
    expect(state.actors.size).toBe(LIMITS.endedActors);
    expect(state.actors.has('a0')).toBe(false);
  });

  it('that are no machines are ignored', () => {
    expect(told(mesh([]), actor('a', undefined, '{"id":"ioTurn"}')).actors.size).toBe(0);
  });

  it('that nobody introduced are ignored', () => {
    expect(told(mesh([]), snapshot('a', 'x'), event('a', { type: 'E' })).actors.size).toBe(0);
  });

  it('a state value is the list of its paths', () => {
    expect(pathsOf({ a: { b: 'c' }, d: {} })).toEqual(['a', 'a.b', 'a.b.c', 'd']);
    expect(pathsOf(undefined)).toEqual([]);
  });
});

it('what the daemon left out is counted, and is no event of the actor that it was sent to', () => {
  const state = told(
    mesh([]),
    actor('a'),
    event('a', { type: 'inspector.dropped', count: 7 }),
    event('a', { type: 'inspector.dropped', count: 2 }),
  );
  expect(state.dropped).toBe(9);
  expect(state.actors.get('a')?.events).toEqual([]);
});

it('nothing grows for ever', () => {
  const state = told(mesh([peerView('p')]), actor('a'));
  for (let n = 0; n < 12_000; n++) {
    apply(state, peerNow(n, 'p', { detail: n % 2 === 0 ? 'active.steady' : 'active.verifying' }));
    apply(state, { type: 'wakemesh.mark', kind: 'probe', atMs: n, network: NETWORK, device: 'p', reason: 'x' });
    apply(state, { type: 'wakemesh.mark', kind: 'announce', atMs: n, network: NETWORK, reason: 'x' });
    apply(state, { type: 'wakemesh.log', atMs: n, level: 'info', text: 'line', fields: {} });
    apply(state, event('a', { type: 'E' }));
    apply(state, { type: 'wakemesh.step', atMs: n, sessionId: 'a', eventType: 'E', from: 'm', to: [], guard: null });
    apply(state, peerNow(n, `stranger-${n}`, { state: 'sighted', detail: 'sighted.placeholder' }));
    apply(state, peerNow(n, `stranger-${n}`, { state: 'gone', detail: 'gone' }));
  }
  const lane = network(state).lanes.get('p')!;
  const known = state.actors.get('a')!;
  expect(lane.spans.length).toBeLessThanOrEqual(LIMITS.spans);
  expect(lane.marks.length).toBeLessThanOrEqual(LIMITS.marks);
  expect(network(state).own.marks.length).toBeLessThanOrEqual(LIMITS.marks);
  expect(network(state).lanes.size).toBeLessThanOrEqual(LIMITS.lanes);
  expect(state.log.length).toBeLessThanOrEqual(LIMITS.log);
  expect(known.events.length).toBeLessThanOrEqual(LIMITS.events);
  expect(known.steps.length).toBeLessThanOrEqual(LIMITS.steps);
  expect(state.log.at(-1)?.atMs).toBe(11_999);
});

describe('the store', () => {
  function make() {
    let nowMs = 0;
    const due: { callback: () => void; atMs: number }[] = [];
    const store = new Store({
      nowMs: () => nowMs,
      soon: (callback, afterMs) => due.push({ callback, atMs: nowMs + afterMs }),
    });
    const advance = (ms: number) => {
      nowMs += ms;
      for (const each of due.splice(0)) {
        if (each.atMs <= nowMs) each.callback();
        else due.push(each);
      }
    };
    return { store, advance };
  }

  it('tells its readers at most every 80 ms, however much comes', () => {
    const { store, advance } = make();
    let told = 0;
    store.subscribe(() => {
      told += 1;
    });
    store.take(mesh([]));
    advance(0);
    for (let n = 0; n < 100; n++) {
      store.take(peerNow(1_000 + n, 'p', {}));
      advance(10);
    }
    expect(told).toBeGreaterThan(8);
    expect(told).toBeLessThanOrEqual(13);
  });

  it('lives in the time of the daemon, which stands still when the daemon is gone or a recording has ended', () => {
    const { store, advance } = make();
    store.setLink('open');
    store.take(mesh([], 50_000));
    advance(300);
    expect(store.nowMs()).toBe(50_300);
    store.setLink('lost');
    expect(store.nowMs()).toBe(50_000);
    store.setLink('open');
    store.take({ type: 'wakemesh.playback', atMs: 50_100, state: 'ended', file: 'f', positionMs: 1, lengthMs: 1 });
    advance(5_000);
    expect(store.nowMs()).toBe(50_000);
  });

  it('begins anew with a recording that does', () => {
    const { store } = make();
    const recorded = (atMs: number) => ({ ...mesh([peerView('p')], atMs), source: 'recording' }) as InspectMessage;
    store.take(recorded(1_000));
    store.take(peerNow(9_000, 'p', { detail: 'active.verifying' }));
    store.take({ type: 'wakemesh.playback', atMs: 90_000, state: 'playing', file: 'f', positionMs: 1, lengthMs: 1 });
    expect(store.state.atMs).toBe(9_000);
    store.take(recorded(1_000));
    expect(store.state.networks.get(NETWORK)?.lanes.get('p')?.spans).toHaveLength(1);
    expect(store.state.playback).toBeNull();
  });

  it('forgets actors when the daemon is connected anew, since it introduces all of them again', () => {
    const { store } = make();
    store.take(mesh([]));
    store.take(actor('a'));
    store.setLink('open' satisfies Link);
    expect(store.state.actors.size).toBe(0);
  });
});
