/** Turns mesh events into the lines an `events_subscribe` client reads: upstream's forms, and ours beside them. */
import type { MeshEvent } from '../mesh/api.js';
import type { RelayStatus } from '../signaling/signaling.js';
import { type Phase, phaseOf } from './network-view.js';
import { statusOf } from './peer-view.js';

/** How long upstream waits for a dropped peer. Clients show it; a Wakemesh session is kept longer. */
const GRACE_WINDOW_MS = 90_000;

export interface PushSource {
  relays(network: string): RelayStatus[];
  /** Wall clock, milliseconds since 1970. */
  nowMs(): number;
}

/** Returns a translator that follows each network, so that a change of its phase is pushed once. */
export function eventPushes({ relays, nowMs }: PushSource): (event: MeshEvent) => object[] {
  const followed = new Map<string, FollowedNetwork>();
  return (event) => {
    const network = followed.get(event.network) ?? { phase: 'joining', statuses: new Map() };
    followed.set(event.network, network);
    const ours = { kind: 'wakemesh', at_ms: nowMs(), event };
    const theirs = [...upstreamEvents(event), ...phaseChange(network, event, relays(event.network))];
    return [ours, ...theirs.map((upstream) => ({ kind: 'event', event: upstream }))];
  };
}

interface FollowedNetwork {
  phase: Phase;
  /** By device id. Followed here, since asking for all peers at each event is dear in a crowd. */
  statuses: Map<string, string>;
}

function phaseChange(network: FollowedNetwork, event: MeshEvent, relays: RelayStatus[]): object[] {
  if (event.type === 'peer') {
    const { deviceId } = event.peer;
    if (event.to === 'gone') network.statuses.delete(deviceId);
    else network.statuses.set(deviceId, statusOf(event.peer));
  }
  const prev = network.phase;
  const next = phaseOf(network.statuses.values(), relays);
  network.phase = next;
  return prev === next ? [] : [{ event_kind: 'phase', kind: 'changed', network_id: event.network, prev, next }];
}

function upstreamEvents(event: MeshEvent): object[] {
  if (event.type !== 'peer' && event.type !== 'authenticated' && !('byUs' in event)) return [];
  const { deviceId, label } = event.peer;
  const about = { network_id: event.network, device_id: deviceId };
  if (event.type === 'authenticated') {
    const { code, rostered, peer } = event;
    const capabilities = peer.capabilities ?? null;
    const seen = { ...about, label, verification_code: code, capabilities, rostered };
    return [{ event_kind: 'peer', kind: 'authenticated', ...seen }];
  }
  if ('byUs' in event) {
    const why = event.type === 'shelved' ? { reason: 'topology-rebalance' } : {};
    return [{ event_kind: 'peer', kind: event.type, ...about, ...why, by_us: event.byUs }];
  }
  const { from, to } = event;
  const sighted = { event_kind: 'peer', kind: 'sighted', ...about };
  if (from === null) return [sighted];
  if (from === 'handshaking' && to === 'active') return [{ event_kind: 'peer', kind: 'approved', ...about, label }];
  const reason = dropReason(event.reason);
  const dropped = { event_kind: 'peer', kind: 'dropped', ...about, reason, grace_window_ms: GRACE_WINDOW_MS };
  if (to === 'gone') return [dropped];
  // An admitted session has ended and the next one is being built: to upstream's clients that is a new sighting.
  return to === 'sighted' && (from === 'active' || from === 'stale') ? [dropped, sighted] : [];
}

function dropReason(reason: string): object {
  switch (reason) {
    case 'left':
    case 'left-unanswered':
    case 'peer-restarted':
      return { kind: 'user_left' };
    case 'denied':
    case 'removed':
      return { kind: 'denied' };
    case 'pruned':
      return { kind: 'topology_pruned' };
    case 'auth-failed':
      return { kind: 'auth_failed' };
    case 'silent-too-long':
      return { kind: 'heartbeat_timeout' };
    case 'path-lost':
    case 'not-connected':
    case 'channel-never-opened':
      return { kind: 'ice_failed' };
    default:
      return { kind: 'transport_error', message: reason };
  }
}
