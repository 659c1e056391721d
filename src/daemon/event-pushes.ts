/** Turns mesh events into the lines an `events_subscribe` client reads: upstream's forms, and ours beside them. */
import type { MeshEvent, Network } from '../mesh/api.js';
import { type Phase, phaseOf } from './network-view.js';

/** How long upstream waits for a dropped peer. Clients show it; a Wakemesh session is kept longer. */
const GRACE_WINDOW_MS = 90_000;

export interface PushSource {
  network(id: string): Network | undefined;
  /** Wall clock, milliseconds since 1970. */
  nowMs(): number;
}

/** Returns a translator that remembers each network's phase, so that a change is pushed once. */
export function eventPushes({ network, nowMs }: PushSource): (event: MeshEvent) => object[] {
  const phases = new Map<string, Phase>();
  return (event) => {
    const pushes: object[] = [{ kind: 'wakemesh', at_ms: nowMs(), event }];
    pushes.push(...upstreamEvents(event).map((upstream) => ({ kind: 'event', event: upstream })));
    const joined = network(event.network);
    if (joined) {
      const prev = phases.get(joined.id) ?? 'joining';
      const next = phaseOf(joined);
      phases.set(joined.id, next);
      if (prev !== next) {
        const changed = { event_kind: 'phase', kind: 'changed', network_id: joined.id, prev, next };
        pushes.push({ kind: 'event', event: changed });
      }
    }
    return pushes;
  };
}

function upstreamEvents(event: MeshEvent): object[] {
  if (event.type !== 'peer' && event.type !== 'authenticated') return [];
  const { deviceId, label } = event.peer;
  const about = { network_id: event.network, device_id: deviceId };
  if (event.type === 'authenticated') {
    const { code, rostered, peer } = event;
    const capabilities = peer.capabilities ?? null;
    const seen = { ...about, label, verification_code: code, capabilities, rostered };
    return [{ event_kind: 'peer', kind: 'authenticated', ...seen }];
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
