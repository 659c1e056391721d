/**
 * Signaling carries presence and negotiation between devices that have no link yet. Relays are never believed: what
 * proves anything is the device-key signature (`Proof`) of Wakemesh senders, and the handshake on the channel.
 */

/**
 * The verified claim of a Wakemesh sender: an Ed25519 signature by the device key over the whole message. `null` in a
 * `Signal` means that the message carried none (an upstream peer, or anybody who knows the room).
 */
export interface Proof {
  /** Boot id of the sending process: milliseconds since 1970 at its start, larger at each start of this device. */
  boot: number;
  /** Counter of the sending process: grows with each signed message, so a replay is seen. */
  seq: number;
  /** Negotiation id: offers mint one, the answer repeats it. Empty otherwise. */
  neg: string;
  /** This announce answers another one and must not be answered in turn. */
  reflection: boolean;
}

/** A message from the room that was parsed, addressed to us (or to all), deduplicated, and whose proof was checked. */
export type Signal = { from: string; proof: Proof | null } & SignalBody;

export type SignalBody =
  | { kind: 'announce' }
  | { kind: 'leave' }
  | { kind: 'offer'; sdp: string }
  | { kind: 'answer'; sdp: string }
  | { kind: 'candidate'; candidate: string };

export type OutgoingSignal =
  | { kind: 'announce'; reflection: boolean /** Only on this relay, e.g. one just admitted. */; relay?: string }
  | { kind: 'leave' /** Only this peer shall forget us. */; to?: string }
  | { kind: 'offer'; to: string; sdp: string; neg: string }
  | { kind: 'answer'; to: string; sdp: string; neg: string }
  | { kind: 'candidate'; to: string; candidate: string };

export type RelayState = 'dialing' | 'subscribing' | 'admitted' | 'backoff' | 'closed';

export interface RelayStatus {
  url: string;
  state: RelayState;
}

export interface SignalingFacts {
  signal(signal: Signal): void;
  /** A relay has answered our subscription: what we publish from now on can be heard. */
  relayAdmitted(url: string): void;
  /** After a check or a routine ping: a relay still hears us. */
  relayAnswered(): void;
  relayChanged(status: RelayStatus, reason: string): void;
}

export interface Signaling {
  /** Never throws. Negotiation sent while no relay is connected waits (at most 256 messages, 10 s); announces do not. */
  publish(message: OutgoingSignal): void;
  /** After a pause of our own: asks every relay whether it still hears us; one that does not answer is replaced. */
  checkRelays(): void;
  relays(): RelayStatus[];
  /** Closes every socket; resolves when they are closed (bounded). */
  close(): Promise<void>;
}
