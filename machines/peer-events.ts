/**
 * What can happen to a peer. Only the edge makes these, from parsed and verified input: no wire text becomes an event
 * by itself. `epoch` names the session a fact belongs to; a fact of any other session changes nothing.
 */
export type PeerEvent =
  // Signaling. `boot` is the sender's boot id when the device key signed the message, else null.
  | { type: 'ANNOUNCED'; boot: number | null; reflection: boolean }
  | {
      type: 'OFFER';
      boot: number | null;
      /** Which description it is; the text itself stays outside the machine. */
      key: number;
      /** The session whose fingerprint it names: an in-place restart of it, or none of ours. */
      names: 'current' | 'candidate' | 'none';
    }
  | { type: 'LEFT'; boot: number | null }
  // Facts of a session's link and handshake.
  | { type: 'OPENED'; epoch: number }
  | { type: 'CLOSED'; epoch: number; reason: string }
  | { type: 'CONSENT_LOST'; epoch: number }
  | { type: 'PATH_ALIVE'; epoch: number }
  | { type: 'FRAME'; epoch: number }
  | { type: 'PONG'; epoch: number; rttMs: number }
  | {
      type: 'AUTHENTICATED';
      epoch: number;
      /** Boot id from the hello of this channel; 0 when the peer has none (upstream). */
      boot: number;
      signs: boolean;
      /** Rostered, or the network approves everybody. */
      admit: boolean;
    }
  | { type: 'AUTH_FAILED'; epoch: number; reason: string }
  | { type: 'THEY_APPROVED'; epoch: number }
  | { type: 'APPROVE_SENT'; epoch: number }
  | { type: 'DENIED'; epoch: number }
  /** The admitted peer says what no implementation of the protocol says. */
  | { type: 'VIOLATED'; epoch: number }
  /** Our offer, first or restart, has its answer. */
  | { type: 'ANSWERED'; epoch: number }
  | { type: 'RESTART_REFUSED'; epoch: number }
  /** The peer does or does not want this link for what goes to everybody. */
  | { type: 'THEY_SHELVED'; epoch: number; shelved: boolean }
  /** The peer has been told whether we do. */
  | { type: 'SHELVING_SENT'; epoch: number; shelved: boolean }
  // The node: one sweep has passed; our own process or machine was away.
  | { type: 'TICK'; silent: boolean }
  | { type: 'WAKE' }
  | ({ type: 'SHAPED' } & Shaping)
  /** The path is to be given up: the address that it begins at is gone, or the user says so. */
  | { type: 'RENEW'; reason: 'address-lost' | 'reconnect' }
  // The user.
  | { type: 'DIAL' }
  | { type: 'APPROVE' }
  | { type: 'REMOVE' }
  | { type: 'CLOSE' };

/** What the network's shape wants of a peer. */
export interface Shaping {
  /** An announce of it makes us dial. */
  dials: boolean;
  /** A link with it is used for everything, and brought back when it falls. */
  keeps: boolean;
}

export type Repair = 'frame' | 'probe' | 'restart' | 'rebuild';

/** Plain bounded JSON: no keys, no descriptions, no handles. */
export interface PeerContext extends Shaping {
  id: string;
  /** Our id is the smaller one: we make the first offer, and our offer wins when two cross. */
  offersFirst: boolean;
  /** Current session, 0 = none. */
  epoch: number;
  /** A session being built beside the current one, 0 = none. */
  candidate: number;
  candidateOpen: boolean;
  candidateApproved: boolean;
  candidateAge: number;
  /** Highest epoch ever given out: epochs only grow. */
  lastEpoch: number;
  /** Highest boot id that the device key vouched for, 0 = none yet. */
  boot: number;
  /** Boot id the current session was built with, 0 = unknown. */
  sessionBoot: number;
  /** The peer signs its signaling: an unsigned word in its name is not its own. */
  signs: boolean;
  authenticated: boolean;
  admitted: boolean;
  approvedByUs: boolean;
  approvedByThem: boolean;
  /** Was active at least once: worth redialling. */
  wasActive: boolean;
  /** Rostered when it was first seen. */
  known: boolean;
  /** The user asked for it: worth redialling too. */
  asked: boolean;
  /** What the peer was told last on this session, and what it told us. */
  shelvedByUs: boolean;
  shelvedByThem: boolean;
  /** Own ticks since a frame came; awake time by construction, since a frozen node does not tick. */
  silentTicks: number;
  /** Ticks in the present state. */
  age: number;
  /** Ticks since the session went stale. */
  staleAge: number;
  /** Probes made in the present state. */
  tries: number;
  /** Ticks since consent was lost during the handshake, 0 = the path answers. */
  pathLostTicks: number;
  restarts: number;
  /** Ticks during which the last restart, theirs or ours, stands: both ends check the same paths, another would part them. */
  renewedTicks: number;
  redials: number;
  reflectAge: number;
  /** The peer or we have given a sign of life on signaling since the session fell silent: a restart may help. */
  evidence: boolean;
  /** The peer spoke on signaling since the session went stale: its process lives, and only the path is in doubt. */
  seenAlive: boolean;
  /** Somebody said without a signature that the peer left. */
  leaveClaimed: boolean;
  /** An unsigned in-place restart offer, kept until it may be answered. 0 = none. */
  heldOffer: number;
  /** Our first offer of a session, the current or the candidate, to a peer that does not sign has no answer yet. */
  awaitsAnswer: boolean;
  /** Such offers that an upstream peer left unanswered since it was last active: the next one gets twice the time. */
  unanswered: number;
  /** How the session is being brought back; null while nothing is wrong. */
  repair: Repair | null;
  rttMs: number | null;
  /** Why the last change happened: the same word is in the log, the event and on the console. */
  reason: string;
}

export interface PeerInput extends Partial<Shaping> {
  id: string;
  offersFirst: boolean;
  /** Rostered. */
  known?: boolean;
  /** Epochs go on where an earlier actor of this peer stopped. */
  lastEpoch: number;
}

export const newPeerContext = ({
  id,
  offersFirst,
  known = false,
  lastEpoch,
  dials = true,
  keeps = true,
}: PeerInput): PeerContext => ({
  id,
  offersFirst,
  dials,
  keeps,
  epoch: 0,
  candidate: 0,
  candidateOpen: false,
  candidateApproved: false,
  candidateAge: 0,
  lastEpoch,
  boot: 0,
  sessionBoot: 0,
  signs: false,
  authenticated: false,
  admitted: false,
  approvedByUs: false,
  approvedByThem: false,
  wasActive: false,
  known,
  asked: false,
  shelvedByUs: false,
  shelvedByThem: false,
  silentTicks: 0,
  age: 0,
  staleAge: 0,
  tries: 0,
  pathLostTicks: 0,
  restarts: 0,
  renewedTicks: 0,
  redials: 0,
  reflectAge: 0,
  evidence: false,
  seenAlive: false,
  leaveClaimed: false,
  heldOffer: 0,
  awaitsAnswer: false,
  unanswered: 0,
  repair: null,
  rttMs: null,
  reason: 'sighted',
});
