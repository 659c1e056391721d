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
    path: pathOf(peer),
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

function pathOf({ link }: PeerInfo): PeerView['path'] {
  const pair = link?.selectedPair;
  if (!pair) return null;
  const ends = [pair.local, pair.remote];
  if (ends.includes('relay')) return 'relayed';
  return ends.every((end) => end === 'host') ? 'local' : 'direct';
}

function waitsFor({ detail, approvedByUs, approvedByThem }: PeerInfo): PeerView['waitsFor'] {
  if (detail !== 'handshaking.awaitingApproval') return null;
  if (approvedByUs) return approvedByThem ? null : 'them';
  return approvedByThem ? 'us' : 'both';
}
