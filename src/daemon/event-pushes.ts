/** Turns mesh events into the lines an `events_subscribe` client reads: upstream's forms, and ours beside them. */
import type { MeshEvent } from '../mesh/api.js';
import type { RelayStatus } from '../signaling/signaling.js';
import { diagnoses } from './diagnoses.js';
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
    const at_ms = nowMs();
    const ours = { kind: 'wakemesh', at_ms, event };
    const theirs = [
      ...upstreamEvents(event),
      ...diagnoses(event, at_ms),
      ...phaseChange(network, event, relays(event.network)),
    ];
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
  if (!('peer' in event)) return [];
  const { deviceId, label, capabilities } = event.peer;
  const about = { network_id: event.network, device_id: deviceId };
  const told = (kind: string, more: object = {}) => ({ event_kind: 'peer', kind, ...about, ...more });
  switch (event.type) {
    case 'authenticated':
      return [told('authenticated', { label, verification_code: event.code, capabilities, rostered: event.rostered })];
    case 'capabilities':
      return [told('capabilities_changed', { capabilities })];
    case 'shelved':
      return [told('shelved', { reason: 'topology-rebalance', by_us: event.byUs })];
    case 'unshelved':
      return [told('unshelved', { by_us: event.byUs })];
    case 'peer':
      return stateEvents(event, told);
    default:
      return [];
  }
}

function stateEvents(
  { from, to, reason, peer }: Extract<MeshEvent, { type: 'peer' }>,
  told: (kind: string, more?: object) => object,
): object[] {
  if (from === null) return [told('sighted')];
  if (from === 'handshaking' && to === 'active') return [told('approved', { label: peer.label })];
  const dropped = told('dropped', { reason: dropReason(reason), grace_window_ms: GRACE_WINDOW_MS });
  if (to === 'gone') return [dropped];
  // An admitted session has ended and the next one is being built: to upstream's clients that is a new sighting.
  return to === 'sighted' && (from === 'active' || from === 'stale') ? [dropped, told('sighted')] : [];
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
