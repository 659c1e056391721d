/** What a session needs from whoever owns it. */
import type { PeerEvent } from '../../machines/peer-events.js';
import type { Identity } from '../identity/identity.js';
import type { VerifySignature } from '../identity/keys.js';
import type { Link, LinkFacts } from '../link/link.js';
import type { CapabilityAdvert, Frame } from '../protocol/frames.js';
import type { Routed } from '../protocol/routed.js';
import type { Runtime } from '../runtime.js';
import type { OutgoingSignal } from '../signaling/signaling.js';
import type { Session } from './session.js';

export interface SessionHost {
  readonly peerId: string;
  readonly identity: Identity;
  readonly boot: number;
  readonly room: string;
  readonly appVersion: string;
  readonly runtime: Runtime;
  /** What we say about ourselves now; another object when it has changed. */
  capabilities(): CapabilityAdvert;
  readonly verify: VerifySignature;
  createLink(facts: LinkFacts): Link;
  newNegotiation(): string;
  publish(message: OutgoingSignal): void;
  /** A fact for the peer machine. */
  tell(event: PeerEvent): void;
  /** A frame came from the far end of this session's channel. */
  heard(epoch: number): void;
  /** What came from the far end of this session's channel is no frame. `problem` quotes nothing of it. */
  misread(epoch: number, problem: string): void;
  /** Is this the current session, authenticated and approved by both sides? */
  admits(epoch: number): boolean;
  /** Rostered, or everybody is. */
  mayAdmit(): boolean;
  /** The peer says something new about itself. */
  capabilitiesChanged(): void;
  authenticated(session: Session, admitted: boolean): void;
  /** A frame that is not the session's own affair, from the admitted peer. */
  received(frame: Frame | Routed): void;
  serverFailed(url: string, reason: string): void;
  drained(epoch: number): void;
  /** For the log: what failed, without its content. */
  failed(what: string, error: unknown): void;
}
