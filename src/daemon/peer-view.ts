/** Upstream's picture of a peer, made from ours. Status words follow what a client may do: `active` takes messages. */
import { displaySuffix } from '../identity/keys.js';
import type { CandidateCounts } from '../link/link.js';
import type { PeerInfo } from '../mesh/api.js';

const NO_CANDIDATES: CandidateCounts = { host: 0, server_reflexive: 0, peer_reflexive: 0, relay: 0, unknown: 0 };

export function peerView(peer: PeerInfo): object {
  const pair = peer.link?.selectedPair;
  return {
    device_id: peer.deviceId,
    device_suffix: displaySuffix(peer.deviceId),
    label: peer.label,
    status: statusOf(peer),
    tier: tierOf(peer),
    rtt_ms: peer.rttMs === null ? null : Math.round(peer.rttMs),
    clock_skew_ms: null,
    capabilities: peer.capabilities ?? null,
    authenticated: peer.authenticated,
    local_approve_sent: peer.approvedByUs,
    remote_approve_seen: peer.approvedByThem,
    local_shelved: peer.shelvedByUs,
    remote_shelved: peer.shelvedByThem,
    verification_code_received: peer.codeReceived,
    verification_code_sent: peer.codeSent,
    needs_turn: peer.needsTurn,
    local_candidates: peer.link?.localCandidates ?? NO_CANDIDATES,
    remote_candidates: peer.link?.remoteCandidates ?? NO_CANDIDATES,
    selected_pair: pair ? { local: pair.local, remote: pair.remote } : null,
    // What upstream's words cannot say.
    wakemesh: {
      state: peer.state,
      detail: peer.detail,
      epoch: peer.epoch,
      last_frame_ago_ms: peer.lastFrameAgoMs === null ? null : Math.round(peer.lastFrameAgoMs),
      signs: peer.signs,
      pinned: peer.pinned,
      path: pair
        ? {
            kind: peer.path,
            local_address: pair.localAddress,
            remote_address: pair.remoteAddress,
            turn: pair.relay,
          }
        : null,
    },
  };
}

/** A silent session is still upstream's `active`: it is kept, and what is sent to it waits. */
export function statusOf({ state, detail }: PeerInfo): string {
  switch (state) {
    case 'sighted':
      return 'sighted';
    case 'handshaking':
      return detail === 'handshaking.awaitingApproval' ? 'pending_approval' : 'handshaking';
    case 'active':
      return detail === 'active.shelved' ? 'shelved' : 'active';
    case 'stale':
      return isBeingRebuilt(detail) ? 'reconnecting' : 'active';
    case 'gone':
      return 'offline';
  }
}

function tierOf({ detail }: PeerInfo): object {
  if (detail === 'stale.restarting') return { kind: 'ice_restart', attempt: 1 };
  if (isBeingRebuilt(detail)) return { kind: 'rehandshake', attempt: 1 };
  const asked = ['active.verifying', 'active.judging', 'stale.probing'].includes(detail);
  return asked ? { kind: 'wake_probe', attempt: 1 } : { kind: 'steady' };
}

function isBeingRebuilt(detail: string): boolean {
  return detail === 'stale.rebuilding' || detail === 'stale.holding';
}
