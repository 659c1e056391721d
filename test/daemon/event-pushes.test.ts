import { describe, expect, it } from 'vitest';
import { eventPushes } from '../../src/daemon/event-pushes.js';
import { peerView } from '../../src/daemon/peer-view.js';
import type { MeshEvent, PeerInfo, PeerState } from '../../src/mesh/api.js';
import type { RelayState } from '../../src/signaling/signaling.js';

const PEER: PeerInfo = {
  deviceId: 'a'.repeat(52),
  label: 'Box',
  state: 'sighted',
  detail: 'sighted.placeholder',
  epoch: 0,
  authenticated: false,
  approvedByUs: false,
  approvedByThem: false,
  codeSent: null,
  codeReceived: null,
  rttMs: 1.4,
  lastFrameAgoMs: null,
  capabilities: null,
  shelvedByUs: false,
  shelvedByThem: false,
  pinned: false,
  signs: true,
  link: null,
  path: null,
  needsTurn: false,
};

function change(from: PeerState | null, to: PeerState, reason = 'test', detail = `${to}.x`): MeshEvent {
  return { type: 'peer', network: 'net', from, to, reason, peer: { ...PEER, state: to, detail } };
}

function translator() {
  let relayState: RelayState = 'dialing';
  const translate = eventPushes({ relays: () => [{ url: 'ws://r', state: relayState }], nowMs: () => 7 });
  return {
    setRelay: (state: RelayState) => {
      relayState = state;
    },
    // biome-ignore lint/suspicious/noExplicitAny: looked into by the tests
    upstream: (event: MeshEvent): any[] =>
      translate(event)
        .slice(1)
        .map((push) => (push as { event: object }).event),
    translate,
  };
}

it('every event is pushed as it is, with the time', () => {
  const event = change(null, 'sighted');
  expect(translator().translate(event)[0]).toEqual({ kind: 'wakemesh', at_ms: 7, event });
});

describe('why a peer was dropped, in the words of upstream', () => {
  it.each([
    ['left', { kind: 'user_left' }],
    ['denied', { kind: 'denied' }],
    ['removed', { kind: 'denied' }],
    ['auth-failed', { kind: 'auth_failed' }],
    ['silent-too-long', { kind: 'heartbeat_timeout' }],
    ['path-lost', { kind: 'ice_failed' }],
    ['forgotten', { kind: 'transport_error', message: 'forgotten' }],
  ])('%s', (word, reason) => {
    const { upstream } = translator();
    upstream(change('handshaking', 'active'));
    expect(upstream(change('active', 'gone', word))[0]).toMatchObject({ kind: 'dropped', reason });
  });

  it('a session that has to be built anew is dropped and sighted', () => {
    const { upstream } = translator();
    const kinds = upstream(change('active', 'sighted', 'channel-closed')).map(({ kind }) => kind);
    expect(kinds.slice(0, 2)).toEqual(['dropped', 'sighted']);
  });

  it('silence alone drops nobody and changes no phase', () => {
    const { upstream } = translator();
    upstream(change('handshaking', 'active'));
    expect(upstream(change('active', 'stale', 'silent', 'stale.probing'))).toEqual([]);
    expect(upstream(change('stale', 'active', 'frame'))).toEqual([]);
  });
});

it('follows the phase from joining to alone, discovering, active and back', () => {
  const { upstream, setRelay } = translator();
  const phases = (event: MeshEvent) => upstream(event).flatMap(({ next }) => next ?? []);
  const announced: MeshEvent = { type: 'announced', network: 'net', reason: 'start' };
  expect(phases(announced)).toEqual([]);
  setRelay('admitted');
  expect(phases(announced)).toEqual(['alone']);
  expect(phases(change(null, 'sighted'))).toEqual(['discovering']);
  expect(phases(change('handshaking', 'active'))).toEqual(['active']);
  expect(phases(change('active', 'gone', 'left'))).toEqual(['alone']);
});

describe('status and tier', () => {
  it.each([
    ['sighted', 'sighted.offering', 'sighted', 'steady'],
    ['handshaking', 'handshaking.authenticating', 'handshaking', 'steady'],
    ['handshaking', 'handshaking.awaitingApproval', 'pending_approval', 'steady'],
    ['active', 'active.steady', 'active', 'steady'],
    ['active', 'active.verifying', 'active', 'wake_probe'],
    ['stale', 'stale.probing', 'active', 'wake_probe'],
    ['stale', 'stale.restarting', 'active', 'ice_restart'],
    ['stale', 'stale.rebuilding', 'reconnecting', 'rehandshake'],
    ['stale', 'stale.holding', 'reconnecting', 'rehandshake'],
    ['gone', 'gone', 'offline', 'steady'],
  ] as const)('%s %s', (state, detail, status, kind) => {
    expect(peerView({ ...PEER, state, detail })).toMatchObject({ status, tier: { kind }, rtt_ms: 1 });
  });
});

describe('paths', () => {
  it('are told in upstream’s words, and in ours beside them', () => {
    const counts = { host: 1, server_reflexive: 0, peer_reflexive: 0, relay: 1, unknown: 0 };
    const ends = {
      local: 'relay',
      remote: 'host',
      localAddress: '203.0.113.9:1',
      remoteAddress: '10.0.0.2:2',
    } as const;
    const selectedPair = { ...ends, relay: 'tls' } as const;
    const link = {
      localCandidates: counts,
      remoteCandidates: counts,
      selectedPair,
      stranded: false,
      upAtMonoMs: { ice: null, dtls: null },
    };
    expect(peerView({ ...PEER, link, path: 'turn' })).toMatchObject({
      needs_turn: false,
      selected_pair: { local: 'relay', remote: 'host' },
      local_candidates: counts,
      wakemesh: {
        path: { kind: 'turn', local_address: '203.0.113.9:1', remote_address: '10.0.0.2:2', turn: 'tls' },
      },
    });
    expect(peerView(PEER)).toMatchObject({ needs_turn: false, selected_pair: null, wakemesh: { path: null } });
    expect(peerView({ ...PEER, needsTurn: true })).toMatchObject({ needs_turn: true });
  });

  it('that cannot be found are told with the hint that clients look for', () => {
    const { upstream } = translator();
    const reason = 'no direct path was found';
    expect(upstream({ type: 'needs-turn', network: 'net', peer: PEER, reason })).toEqual([
      {
        event_kind: 'diag',
        ts: 7,
        network_id: 'net',
        level: 'warn',
        category: 'ice',
        message: reason,
        detail: { hint: 'add_turn_server', peer: PEER.deviceId },
      },
    ]);
  });

  it('and other addresses in the category that they look for', () => {
    const { upstream } = translator();
    const [told] = upstream({ type: 'network-changed', network: 'net', addresses: ['10.0.0.2'] });
    expect(told).toMatchObject({ event_kind: 'diag', category: 'network', detail: { addresses: ['10.0.0.2'] } });
  });
});
