/** The words that the tables of the peer chart are written in. */
import type { PeerEvent } from '../../../machines/peer-events.js';
import { tunables as t } from '../../../machines/tunables.js';
import { BOOT, type PeerOptions, startPeer } from '../support/peer-host.js';
import type { Row, Subject } from './row.js';

export { BOOT, t };

/** An event, a wait in milliseconds, or the I/O turn that a judgement waits for. */
export type PeerStep = PeerEvent | number | 'turn';
export interface PeerRow extends Row<PeerStep> {
  /** The peer has the smaller id: we wait for its offer. */
  theyOfferFirst?: true;
  /** The peer is rostered. */
  known?: true;
}

export function peerSubject({ theyOfferFirst, known }: PeerRow, options: PeerOptions = {}): Subject<PeerStep> {
  const peer = startPeer({ ...(known && { known }), ...options, offersFirst: !theyOfferFirst });
  return {
    ...peer,
    state: () => peer.state() + (peer.ended() ? ', ended' : ''),
    take: (step) => {
      if (step === 'turn') return peer.turn();
      if (typeof step === 'number') peer.clock.advance(step);
      else peer.send(step);
    },
  };
}

export const announced = (boot: number | null, reflection = false): PeerEvent => ({
  type: 'ANNOUNCED',
  boot,
  reflection,
});
export const offer = (boot: number | null, names: 'current' | 'candidate' | 'none' = 'none', key = 7): PeerEvent => ({
  type: 'OFFER',
  boot,
  names,
  key,
});
export const left = (boot: number | null): PeerEvent => ({ type: 'LEFT', boot });
type Fact =
  | 'OPENED'
  | 'CONSENT_LOST'
  | 'PATH_ALIVE'
  | 'FRAME'
  | 'THEY_APPROVED'
  | 'APPROVE_SENT'
  | 'DENIED'
  | 'VIOLATED';
type Reply = 'ANSWERED' | 'RESTART_REFUSED';
export const fact = (type: Fact | Reply, epoch: number): PeerEvent => ({ type, epoch });
export const closed = (epoch: number): PeerEvent => ({ type: 'CLOSED', epoch, reason: 'closed' });
export const authFailed = (epoch: number): PeerEvent => ({ type: 'AUTH_FAILED', epoch, reason: 'bad-signature' });
export const pong = (epoch: number, rttMs: number): PeerEvent => ({ type: 'PONG', epoch, rttMs });
/** `boot` 0: a peer that does not sign. */
export const authenticated = (epoch: number, boot: number, admit = true): PeerEvent => ({
  type: 'AUTHENTICATED',
  epoch,
  boot,
  signs: boot !== 0,
  admit,
});
const ticks = (count: number, silent: boolean): PeerEvent[] =>
  Array.from({ length: count }, () => ({ type: 'TICK', silent }) as const);
export const silent = (count: number) => ticks(count, true);
export const lively = (count: number) => ticks(count, false);
/** What the shape of the network wants from now on. */
export const shaped = (dials: boolean, keeps: boolean): PeerEvent => ({ type: 'SHAPED', dials, keeps });
export const theyShelved = (epoch: number, shelved: boolean): PeerEvent => ({ type: 'THEY_SHELVED', epoch, shelved });
export const shelvingSent = (epoch: number, shelved: boolean): PeerEvent => ({ type: 'SHELVING_SENT', epoch, shelved });
export const WAKE: PeerEvent = { type: 'WAKE' };

/** Ways into a state, the usual one of each. A tick in between, so that what must begin anew is not at its beginning. */
export const OFFERING: PeerStep[] = [...lively(3), announced(BOOT)];
export const ANSWERING: PeerStep[] = [...lively(3), offer(BOOT, 'none', 1)];
/** Of a peer that signs nothing. */
export const ANSWERING_UNSIGNED: PeerStep[] = [...lively(3), offer(null, 'none', 1)];
export const AUTHENTICATING: PeerStep[] = [...ANSWERING, ...lively(2), fact('OPENED', 1)];
/** Nobody has admitted the peer yet. */
export const AWAITING: PeerStep[] = [...AUTHENTICATING, ...lively(2), authenticated(1, BOOT, false)];
const approvals = [fact('APPROVE_SENT', 1), fact('THEY_APPROVED', 1)];
export const ACTIVE: PeerStep[] = [...AUTHENTICATING, authenticated(1, BOOT), ...approvals];
export const ACTIVE_UNSIGNED: PeerStep[] = [
  ...ANSWERING_UNSIGNED,
  fact('OPENED', 1),
  authenticated(1, 0),
  ...approvals,
];
/** Its channel fell; it is worth dialling again. */
export const REDIALING: PeerStep[] = [...ACTIVE, closed(1)];
/** Asked for once without an answer. */
export const VERIFYING: PeerStep[] = [...ACTIVE, fact('CONSENT_LOST', 1), t.probeFloorMs];
/** The clock has judged, the sockets have not been read. */
export const JUDGING: PeerStep[] = [...ACTIVE, fact('CONSENT_LOST', 1), t.verifyPings * t.probeFloorMs];
export const STALE: PeerStep[] = [...ACTIVE, ...silent(t.staleTicks), 'turn'];
export const STALE_UNSIGNED: PeerStep[] = [...ACTIVE_UNSIGNED, ...silent(t.staleTicks), 'turn'];
export const PROBES_MS = t.probeTries * t.probeFloorMs;
/** Every probe in vain, and no sign of life. */
export const HOLDING: PeerStep[] = [...STALE, PROBES_MS];
export const RESTARTING: PeerStep[] = [...STALE, announced(BOOT), PROBES_MS];
/** Only with `theyOfferFirst`. */
export const YIELDING = RESTARTING;
export const REBUILDING: PeerStep[] = [...RESTARTING, t.restartTries * t.restartMs];
/** Active, with a new session beside the current one, not yet open. */
export const BESIDE: PeerStep[] = [...ACTIVE, offer(BOOT, 'none', 2)];
/** The channel of the new one is open. */
export const BESIDE_OPEN: PeerStep[] = [...BESIDE, fact('OPENED', 2)];
