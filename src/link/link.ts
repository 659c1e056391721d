/**
 * A link is one transport session to one peer: one certificate, one data channel, one epoch. It offers verbs and
 * reports facts. When, how often and how long is decided by the peer machine, so no pace, count or deadline lives
 * behind this interface. The werift link and the simulated link pass the same contract suite.
 */

/** What a link reports. Called from I/O callbacks; an implementation catches whatever a handler throws. */
export interface LinkFacts {
  /** The channel is open *and* the transport below it is authenticated: frames may flow. At most once. */
  opened(): void;
  /** The channel or its transport is gone for good, or could not be built. At most once, and never after `close()`. */
  closed(reason: string): void;
  /** One message from the far end of this very channel. */
  message(data: Uint8Array): void;
  /** Nobody has answered a consent check for about 30 s: sends are swallowed until the path is revived. A hint. */
  consentLost(): void;
  /**
   * The far end's ICE agent has spoken (an authenticated check, or an answer to ours) although consent was lost or a
   * restart was under way: the path works again. A hint, no proof of life: a frozen process cannot send it, but a
   * process whose mesh has forgotten this session can.
   */
  pathAlive(): void;
  /** A local candidate for the far end, as an `a=candidate` value (`candidate:…`), after the description it belongs to. */
  candidate(line: string): void;
  /** A configured STUN or TURN server is of no use. `reason`: for a person. */
  serverFailed(url: string, reason: string): void;
  /** The send queue has fallen below its low-water mark after `send` said `full`. */
  drained(): void;
}

/** `sent`: handed to the transport. `full`: over the queue bound, nothing was taken. `closed`: there is no channel. */
export type SendResult = 'sent' | 'full' | 'closed';

export interface LinkStats {
  localCandidates: CandidateCounts;
  remoteCandidates: CandidateCounts;
  selectedPair: SelectedPair | null;
  /** It has not opened, every path that was tried has failed, and no end has a relayed address: only TURN can help. */
  stranded: boolean;
  /** When a path was last found and when the transport above it was authenticated, on the monotonic clock; null: not yet. */
  upAtMonoMs: { ice: number | null; dtls: number | null };
}

export interface SelectedPair {
  local: CandidateType;
  remote: CandidateType;
  /** `address:port` of either end; of a relayed end, the one on the relay. */
  localAddress: string;
  remoteAddress: string;
  /** How we talk to our own TURN server; null without one. */
  relay: 'udp' | 'tcp' | 'tls' | null;
}
export type CandidateType = 'host' | 'server_reflexive' | 'peer_reflexive' | 'relay' | 'unknown';
export type CandidateCounts = Record<CandidateType, number>;

export interface Link {
  /** First `a=fingerprint:` value of our description, lower case (`sha-256 aa:bb:…`); undefined before there is one. */
  localFingerprint(): string | undefined;
  /** The same of the remote description that is applied. */
  remoteFingerprint(): string | undefined;

  /** Builds the first offer. Rejects when the transport cannot be built. */
  createOffer(): Promise<string>;
  /** Applies the first offer of a fresh link and returns the answer. */
  acceptOffer(sdp: string): Promise<string>;
  /** Applies the answer to our outstanding offer, first or restart. Rejects with `NewSessionError` on a foreign fingerprint. */
  acceptAnswer(sdp: string): Promise<void>;
  /** Adds a trickled candidate; unusable ones are ignored. */
  addCandidate(line: string): void;

  /**
   * Has this machine lost the address that the path begins at (or, before there is a path, every one that it could
   * begin at)? Then nobody answers on it any more. `false` where only asking would tell.
   */
  isUprooted(): boolean;
  /**
   * In-place ICE restart as offerer, from the addresses that the machine has now: the data channel, its order and its queue survive. **Drops the live path at
   * once**, so call it only when the path is dead.
   */
  restartOffer(): Promise<string>;
  /** In-place restart as answerer. Rejects with `NewSessionError` when the offer names another fingerprint. */
  acceptRestart(sdp: string): Promise<string>;
  /**
   * Asks the path once: an authenticated check on the pair in use, or, when a restart has no pair yet, another round
   * of connectivity checks. Answered ⇒ sends flow again at once and `pathAlive` is reported. Harmless on a live path.
   */
  probe(): void;

  /** Never throws. An empty or oversize message is a programming error of the caller and is answered `closed`. */
  send(data: string | Uint8Array): SendResult;
  /** Bytes handed over and not yet acknowledged. */
  bufferedBytes(): number;
  stats(): LinkStats;
  /** Releases sockets and timers. Idempotent; no fact is reported afterwards. */
  close(): Promise<void>;
}

export interface LinkOptions {
  facts: LinkFacts;
  /** Loopback addresses only (a demo on one machine); otherwise every usable interface, or loopback when there is no other. */
  loopbackOnly: boolean;
  iceServers: IceServer[];
}

export interface IceServer {
  urls: string | string[];
  username?: string;
  credential?: string;
}

export interface LinkFactory {
  /** Once per process, before the first link: closes the library's holes and takes its cold-start cost. */
  warmUp(): Promise<void>;
  create(options: LinkOptions): Link;
  /** Addresses of this machine that a new link could use, but for loopback; loopback alone with `loopbackOnly`. */
  addresses(loopbackOnly: boolean): string[];
}

/** A description belongs to another session: its fingerprint is not the one this link was built with. */
export class NewSessionError extends Error {
  override readonly name = 'NewSessionError';
  constructor() {
    super('the description belongs to another session (its fingerprint differs): build a new link');
  }
}

/** What may be sent: one byte more closes upstream's channel. */
export const MAX_MESSAGE_BYTES = 65_535;
/** What may come: upstream sends one byte more than it takes. */
export const MAX_RECEIVED_BYTES = 65_536;
