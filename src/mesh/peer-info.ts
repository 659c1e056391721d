/** What an embedder sees of a peer, put together from its machine and its session. */
import type { PeerContext } from '../../machines/peer-events.js';
import { pathKindOf } from '../link/path-kind.js';
import type { PeerInfo } from './api.js';
import type { Session } from './session.js';

/** What the machine's context and the session do not say. */
export type PeerOutline = Pick<PeerInfo, 'label' | 'state' | 'detail' | 'pinned' | 'needsTurn' | 'lastFrameAgoMs'>;

export function peerInfo(context: PeerContext, session: Session | undefined, outline: PeerOutline): PeerInfo {
  const handshake = session?.handshake;
  const link = session?.link.stats() ?? null;
  return {
    ...outline,
    deviceId: context.id,
    epoch: context.epoch,
    authenticated: context.authenticated,
    approvedByUs: context.approvedByUs,
    approvedByThem: context.approvedByThem,
    shelvedByUs: context.shelvedByUs,
    shelvedByThem: context.shelvedByThem,
    codeSent: handshake?.codeSent ?? null,
    codeReceived: handshake?.codeReceived ?? null,
    rttMs: context.rttMs,
    // A hello alone proves nothing.
    capabilities: (context.authenticated && handshake?.peerCapabilities) || null,
    signs: context.signs,
    link,
    path: link?.selectedPair ? pathKindOf(link.selectedPair) : null,
  };
}
