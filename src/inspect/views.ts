/** Peers and relays as a viewer sees them, made from what an embedder sees. */
import type { PeerInfo } from '../mesh/api.js';
import type { RelayStatus } from '../signaling/signaling.js';
import type { PeerView, RelayView } from './messages.js';
import { cleanText } from './sanitize.js';

/** What a `PeerInfo` does not say. */
export interface PeerContextView {
  sessionId: string;
  reason: string;
  /** Wall clock of the latest frame. */
  lastFrameAtMs: number | null;
}

export function peerViewOf(peer: PeerInfo, more: PeerContextView): PeerView {
  return {
    device: peer.deviceId,
    label: cleanText(peer.label),
    ...more,
    state: peer.state,
    detail: peer.detail,
    epoch: peer.epoch,
    path: peer.path && PATHS[peer.path],
    rttMs: peer.rttMs === null ? null : Math.round(peer.rttMs * 10) / 10,
    codeSent: peer.codeSent,
    codeReceived: peer.codeReceived,
    waitsFor: waitsFor(peer),
    shelvedByUs: peer.shelvedByUs,
    shelvedByThem: peer.shelvedByThem,
    pinned: peer.pinned,
    signs: peer.signs,
  };
}

export function relayViewOf({ url, state }: RelayStatus): RelayView {
  return { url: cleanText(url), state };
}

const PATHS = { lan: 'local', stun: 'direct', turn: 'relayed' } as const;

function waitsFor({ detail, approvedByUs, approvedByThem }: PeerInfo): PeerView['waitsFor'] {
  if (detail !== 'handshaking.awaitingApproval') return null;
  if (approvedByUs) return approvedByThem ? null : 'them';
  return approvedByThem ? 'us' : 'both';
}
