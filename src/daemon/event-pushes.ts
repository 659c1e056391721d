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
    const upstream = upstreamEvent(event);
    if (upstream) pushes.push({ kind: 'event', event: upstream });
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

function upstreamEvent(event: MeshEvent): object | undefined {
  if (event.type !== 'peer' && event.type !== 'authenticated') return undefined;
  const { deviceId, label } = event.peer;
  const about = { network_id: event.network, device_id: deviceId };
  if (event.type === 'authenticated') {
    const { code, rostered, peer } = event;
    const capabilities = peer.capabilities ?? null;
    return {
      event_kind: 'peer',
      kind: 'authenticated',
      ...about,
      label,
      verification_code: code,
      capabilities,
      rostered,
    };
  }
  if (event.from === null) return { event_kind: 'peer', kind: 'sighted', ...about };
  if (event.to === 'active' && event.from === 'handshaking') {
    return { event_kind: 'peer', kind: 'approved', ...about, label };
  }
  if (event.to !== 'gone') return undefined;
  const reason = dropReason(event.reason);
  return { event_kind: 'peer', kind: 'dropped', ...about, reason, grace_window_ms: GRACE_WINDOW_MS };
}

function dropReason(reason: string): object {
  if (/denied|removed/.test(reason)) return { kind: 'denied' };
  if (/left|leave/.test(reason)) return { kind: 'user_left' };
  if (/auth|proof|signature/.test(reason)) return { kind: 'auth_failed' };
  if (/silent|stale|heartbeat|unanswered/.test(reason)) return { kind: 'heartbeat_timeout' };
  return { kind: 'transport_error', message: reason };
}
