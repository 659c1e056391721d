/**
 * What a peer is at one moment, in the words of docs/engine.md. This model knows nothing of the chart: it is written event
 * by event, where the chart is written state by state, so that one slip is not made twice.
 */
import type { Timer } from './timers.js';

export type Place =
  | `sighted.${'placeholder' | 'awaitingOffer' | 'offering' | 'answering' | 'redialing'}`
  | `handshaking.${'authenticating' | 'awaitingApproval'}`
  | `active.${'steady' | 'shelved' | 'verifying' | 'parting' | 'judging'}`
  | `stale.${'probing' | 'weighing' | 'yielding' | 'restarting' | 'rebuilding' | 'holding'}`
  | 'gone';

export interface Session {
  epoch: number;
  /** Boot id of the process at the other end, 0 = unknown. */
  boot: number;
  proven: boolean;
  admitted: boolean;
  approved: { byUs: boolean; byThem: boolean };
  shelved: { byUs: boolean; byThem: boolean };
  /** Ticks since a frame came. */
  silent: number;
  /** Ticks since consent was lost during the handshake, 0 = the path answers. */
  pathLost: number;
  leaveClaimed: boolean;
  /** A restart offer that is not answered yet, 0 = none. */
  heldOffer: number;
  /** We offered it, and are not answered yet. */
  unanswered: boolean;
}

/** A session that is built beside the current one. */
export interface Rival {
  epoch: number;
  open: boolean;
  approvedByThem: boolean;
  ticks: number;
  /** We offered it, and are not answered yet. */
  unanswered: boolean;
}

/** What was found out and tried since the session was last beyond doubt. */
export interface Doubt {
  probes: number;
  restarts: number;
  /** Ticks for which an agreed restart stands. */
  renewed: number;
  /** Somebody at the other end, or we ourselves, have been heard of: a restart may help. */
  evidence: boolean;
  /** The peer spoke on signaling since the session went stale. */
  seen: boolean;
  staleTicks: number;
}

export const noDoubt: Doubt = {
  probes: 0,
  restarts: 0,
  renewed: 0,
  evidence: false,
  seen: false,
  staleTicks: 0,
};

export interface PeerModel {
  offersFirst: boolean;
  at: Place;
  /** Ticks in this place. */
  ticks: number;
  /** At most one, which belongs to this place. */
  timers: Timer[];
  dials: boolean;
  keeps: boolean;
  session: Session | null;
  rival: Rival | null;
  lastEpoch: number;
  /** Newest process of the peer that its key vouched for. */
  boot: number;
  signs: boolean;
  wasActive: boolean;
  asked: boolean;
  /** Rostered from the start. */
  known: boolean;
  redials: number;
  /** Offers to a peer that signs nothing which it left unanswered. */
  ignoredOffers: number;
  reflectTicks: number;
  doubt: Doubt;
  repair: string | null;
  rttMs: number | null;
  reason: string;
  /** Effects of the present step. */
  does: string[];
}

export const newPeer = (who: { offersFirst: boolean; known: boolean }): PeerModel => ({
  ...who,
  at: 'sighted.placeholder',
  ticks: 0,
  timers: [],
  dials: true,
  keeps: true,
  session: null,
  rival: null,
  lastEpoch: 0,
  boot: 0,
  signs: false,
  wasActive: false,
  asked: false,
  redials: 0,
  ignoredOffers: 0,
  reflectTicks: 0,
  doubt: noDoubt,
  repair: null,
  rttMs: null,
  reason: 'sighted',
  does: [],
});

export const phase = ({ at }: PeerModel): string => at.split('.')[0]!;

export function begin(p: PeerModel, boot: number): Session {
  p.lastEpoch += 1;
  return session(p.lastEpoch, boot);
}

const session = (epoch: number, boot: number): Session => ({
  epoch,
  boot,
  proven: false,
  admitted: false,
  approved: { byUs: false, byThem: false },
  shelved: { byUs: false, byThem: false },
  silent: 0,
  pathLost: 0,
  leaveClaimed: false,
  heldOffer: 0,
  unanswered: false,
});

/** Closes whatever is open. */
export function closeAll(p: PeerModel): void {
  if (p.session) p.does.push(`closeSession ${p.session.epoch}`);
  closeRival(p);
  p.session = null;
}

export function closeRival(p: PeerModel): void {
  if (p.rival) p.does.push(`closeSession ${p.rival.epoch}`);
  p.rival = null;
}

/** The session beside the current one takes its place. */
export function promote(p: PeerModel): Session {
  const { epoch, approvedByThem } = p.rival!;
  p.session = session(epoch, p.boot);
  p.session.approved.byThem = approvedByThem;
  p.rival = null;
  p.repair = 'rebuild';
  return p.session;
}
