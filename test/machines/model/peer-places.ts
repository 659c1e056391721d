/** How a peer comes into each place, and what passes by itself: timers and bounds. */
import { tunables as t } from '../../../machines/tunables.js';
import {
  begin,
  closeAll,
  closeRival,
  noDoubt,
  type PeerModel,
  type Place,
  phase,
  promote,
  type Session,
} from './peer-state.js';

export function go(p: PeerModel, at: Place, reason = p.reason): void {
  p.at = at;
  p.reason = reason;
  p.ticks = 0;
  const inMs = timerOf(p);
  p.timers = inMs === null ? [] : [{ name: at, inMs }];
}

function timerOf({ at, session, doubt, rttMs, signs, ignoredOffers }: PeerModel): number | null {
  const wait = Math.min(Math.max(t.probeRtts * (rttMs ?? 0), t.probeFloorMs), t.probeCapMs);
  if (at === 'sighted.awaitingOffer') return t.offerWaitMs;
  if (at === 'sighted.offering' || at === 'stale.rebuilding') return t.answerWaitMs * 2 ** ignoredOffers;
  if (at === 'active.parting') return t.partingMs;
  if (at === 'stale.weighing') return t.answerHoldMs;
  if (at === 'active.verifying' || at === 'stale.probing') return session?.leaveClaimed ? t.leaveProbeMs / 2 : wait;
  if (at === 'stale.yielding' || at === 'stale.restarting') return t.restartMs;
  if (at === 'stale.holding') return signs && !doubt.seen ? t.holdFrozenMs : t.holdMs;
  return null;
}

export function ask(p: PeerModel, ...how: ('ping' | 'probe')[]): void {
  p.does.push(...how.map((each) => `${each} ${p.session?.epoch}`));
}

// Sighted

export function dial(p: PeerModel, reason: string): void {
  if (!p.keeps) return letGo(p);
  if (p.offersFirst) return makeOffer(p, reason);
  go(p, 'sighted.awaitingOffer', reason);
}

export function makeOffer(p: PeerModel, reason: string): void {
  p.session = begin(p, p.boot);
  p.session.unanswered = mayBeIgnored(p);
  p.does.push(`openAsOfferer ${p.session.epoch}`);
  go(p, 'sighted.offering', reason);
}

/** Only who signs nothing leaves an offer unanswered while it waits for an answer itself. */
const mayBeIgnored = ({ signs, boot }: PeerModel): boolean => !signs && boot === 0;

/** Whom we know is made to forget what it waits for, and is offered to again; a stranger is not. */
function isIgnored({ session, rival, ignoredOffers, wasActive, known }: PeerModel): boolean {
  const isUnanswered = (rival ?? session)?.unanswered === true;
  return isUnanswered && ignoredOffers < t.answerTries && (wasActive || known);
}

function makeForget(p: PeerModel): void {
  p.does.push(`leave ${p.session?.epoch}`);
  p.ignoredOffers += 1;
}

export function answer(p: PeerModel, key: number, reason: string): void {
  p.session = begin(p, p.boot);
  p.does.push(`openAsAnswerer ${p.session.epoch} key ${key}`);
  go(p, 'sighted.answering', reason);
}

/** The shape can do without it: closed, and nothing waits for it any more. */
export function letGo(p: PeerModel): void {
  closeAll(p);
  Object.assign(p, { wasActive: false, asked: false, repair: null });
  go(p, 'sighted.placeholder', 'pruned');
}

export function fail(p: PeerModel, reason: string): void {
  closeAll(p);
  go(p, p.wasActive || p.asked ? 'sighted.redialing' : 'sighted.placeholder', reason);
}

export function end(p: PeerModel, reason: string): void {
  closeAll(p);
  go(p, 'gone', reason);
}

// Handshaking

export function greet(p: PeerModel, reason: string): void {
  p.does.push(`sendHello ${p.session?.epoch}`);
  go(p, 'handshaking.authenticating', reason);
}

export function awaitApproval(p: PeerModel, reason: string): void {
  go(p, 'handshaking.awaitingApproval', reason);
  approveIfOwed(p);
}

export function approveIfOwed({ session, does }: PeerModel): void {
  if (session?.proven && session.admitted && !session.approved.byUs) does.push(`sendApprove ${session.epoch}`);
}

/** The channel of the current session is gone. */
export function fall(p: PeerModel): void {
  const open = p.rival?.open;
  if (p.rival) {
    promote(p);
    if (open) greet(p, 'channel-closed');
    else go(p, 'sighted.answering', 'channel-closed');
    return;
  }
  p.session = null;
  p.repair = 'rebuild';
  go(p, 'sighted.redialing', 'channel-closed');
}

// Active

export function activate(p: PeerModel, reason: string): void {
  tellShelving(p);
  calm(p, reason);
}

/** Nobody doubts it any more. Only what had been active before can be back. */
export function calm(p: PeerModel, reason: string): void {
  if (p.repair !== null && p.wasActive) p.does.push(`reportRecovered ${p.repair}`);
  Object.assign(p, { wasActive: true, repair: null, redials: 0, ignoredOffers: 0, doubt: noDoubt });
  Object.assign(p.session!, { silent: 0, leaveClaimed: false, heldOffer: 0 });
  go(p, 'active.steady', reason);
}

/** The peer knows whether we need the link, or is told. */
export function tellShelving({ session, keeps, does }: PeerModel): void {
  if (session?.shelved.byUs === keeps) does.push(keeps ? 'unshelve' : 'shelve');
}

export function verify(p: PeerModel, reason: string): void {
  p.doubt = { ...p.doubt, probes: 0 };
  askActive(p, reason);
}

function askActive(p: PeerModel, reason?: string): void {
  ask(p, 'ping', 'probe');
  go(p, 'active.verifying', reason);
}

/** A living process that signs nothing, and a session with it that does not answer: no restart helps. */
export const isBeyondRestart = ({ signs, doubt }: PeerModel): boolean => !signs && doubt.evidence;

/** The sockets have been read, and still nothing was heard. */
export function judge(p: PeerModel): void {
  const session = p.session!;
  if (session.leaveClaimed) return end(p, 'left-unanswered');
  const isHeld = session.heldOffer > 0;
  if (isHeld) acceptHeld(p, session);
  beStale(p);
  if (isHeld) return probe(p, 'probe-unanswered');
  if (isBeyondRestart(p)) return rebuild(p, 'probe-unanswered');
  // Only who was away himself can tell that the path leads to where he was.
  (p.doubt.evidence && p.doubt.renewed === 0 ? restart : probe)(p, 'probe-unanswered');
}

function beStale(p: PeerModel): void {
  p.doubt = { ...p.doubt, probes: 0, staleTicks: 0, seen: false };
  p.repair ??= 'frame';
  p.does.push('seek');
}

function acceptHeld(p: PeerModel, session: Session): void {
  p.does.push(`acceptRestart ${session.epoch} key ${session.heldOffer}`);
  p.repair = 'restart';
  session.heldOffer = 0;
}

// Stale

export function probe(p: PeerModel, reason?: string): void {
  p.doubt = { ...p.doubt, probes: 0 };
  askStale(p, reason);
}

function askStale(p: PeerModel, reason?: string): void {
  ask(p, 'probe', 'ping');
  go(p, 'stale.probing', reason);
}

function restart(p: PeerModel, reason?: string): void {
  p.doubt = { ...p.doubt, restarts: p.doubt.restarts + 1 };
  p.repair = 'restart';
  p.does.push(`restart ${p.session?.epoch}`);
  go(p, 'stale.restarting', reason);
}

/** The path is given up unasked, and what was tried over it does not count. */
export function renew(p: PeerModel, reason: string): void {
  if (phase(p) === 'active') beStale(p);
  p.doubt = { ...p.doubt, restarts: 0, renewed: 0, evidence: true };
  restart(p, reason);
}

export function rebuild(p: PeerModel, reason: string): void {
  closeRival(p);
  beside(p, 'openCandidateAsOfferer');
  p.rival!.unanswered = mayBeIgnored(p);
  go(p, 'stale.rebuilding', reason);
}

export function beside(p: PeerModel, effect: string, key = ''): void {
  p.lastEpoch += 1;
  p.rival = { epoch: p.lastEpoch, open: false, approvedByThem: false, ticks: 0, unanswered: false };
  p.does.push(`${effect} ${p.lastEpoch}${key}`);
}

function hold(p: PeerModel): void {
  ask(p, 'probe');
  go(p, 'stale.holding');
}

// What passes by itself

export function timerFires(p: PeerModel): void {
  const { probes, restarts, renewed, evidence } = p.doubt;
  const { leaveClaimed, heldOffer } = p.session ?? { leaveClaimed: false, heldOffer: 0 };
  const again = () => {
    p.doubt = { ...p.doubt, probes: probes + 1 };
  };
  switch (p.at) {
    case 'sighted.awaitingOffer':
      return makeOffer(p, 'no-offer-came');
    case 'sighted.offering':
      if (!isIgnored(p)) return;
      makeForget(p);
      closeAll(p);
      return makeOffer(p, 'offer-unanswered');
    case 'active.verifying':
      if (probes + 1 >= (p.signs || leaveClaimed || heldOffer > 0 ? t.verifyPings : t.upstreamPings)) {
        return go(p, 'active.judging');
      }
      again();
      return askActive(p);
    case 'active.parting':
      return calm(p, 'answered');
    case 'stale.probing':
      if (probes + 1 < (leaveClaimed || isBeyondRestart(p) ? t.verifyPings : t.probeTries)) {
        again();
        return askStale(p);
      }
      if (leaveClaimed) return end(p, 'left-unanswered');
      if (isBeyondRestart(p)) return rebuild(p, 'probe-unanswered');
      if (!evidence || renewed > 0) return hold(p);
      // After a wake of ours the other end knows of nothing: it would be waited for in vain.
      if (!p.offersFirst && p.reason !== 'woke') return go(p, 'stale.yielding', 'path-dead');
      return restart(p, 'path-dead');
    case 'stale.yielding':
      return restart(p, 'no-restart-came');
    case 'stale.restarting':
      if (renewed > 0) return hold(p);
      return restarts < t.restartTries ? restart(p) : rebuild(p, 'restart-unanswered');
    case 'stale.weighing':
      acceptHeld(p, p.session!);
      return probe(p);
    case 'stale.rebuilding':
      if (!isIgnored(p)) return;
      makeForget(p);
      return rebuild(p, 'offer-unanswered');
    case 'stale.holding':
      return hold(p);
  }
}

/** One bound that is reached or condition that holds; false when all is as it may stay. */
export function boundPasses(p: PeerModel): boolean {
  const { at, ticks, session, rival, keeps } = p;
  const passes = (holds: boolean | undefined, then: () => void): boolean => {
    if (holds) then();
    return holds === true;
  };
  const isSilent = (session?.silent ?? 0) >= t.staleTicks;
  const isIn = phase(p);
  return (
    (at === 'sighted.placeholder' &&
      passes(ticks >= (p.dials ? t.forgetTicks : t.sightTicks), () => end(p, 'forgotten'))) ||
    (/offering|answering/.test(at) && passes(ticks >= t.openTicks, () => fail(p, 'channel-never-opened'))) ||
    (at === 'sighted.redialing' && redialPasses(p)) ||
    (at === 'handshaking.authenticating' && passes(ticks >= t.handshakeTicks, () => fail(p, 'handshake-timeout'))) ||
    (at === 'handshaking.awaitingApproval' &&
      passes(session?.approved.byUs && session.approved.byThem, () => activate(p, 'approved'))) ||
    (isIn === 'handshaking' && passes(session!.pathLost >= t.staleTicks, () => fail(p, 'path-lost'))) ||
    (/steady|shelved|verifying/.test(at) && passes(isSilent, () => go(p, 'active.judging', 'silent'))) ||
    (at === 'active.steady' && passes(!keeps, () => go(p, 'active.shelved', 'out-of-shape'))) ||
    (at === 'active.shelved' && passes(keeps, () => calm(p, 'into-shape'))) ||
    (at === 'active.shelved' &&
      passes(session?.shelved.byUs && session.shelved.byThem && ticks >= t.pruneTicks, () => letGo(p))) ||
    (at === 'stale.rebuilding' && passes(rival === null, () => hold(p))) ||
    (isIn === 'stale' && passes(!keeps, () => letGo(p))) ||
    (isIn === 'stale' && passes(p.doubt.staleTicks >= t.keepTicks, () => end(p, 'silent-too-long'))) ||
    passes(rival !== null && rival.ticks >= t.candidateTicks, () => closeRival(p))
  );
}

function redialPasses(p: PeerModel): boolean {
  const waitTicks = t.redialTicks[p.redials];
  if (!p.keeps) letGo(p);
  else if (waitTicks === undefined) go(p, 'sighted.placeholder');
  else if (p.ticks >= waitTicks) {
    p.redials += 1;
    dial(p, 'redial');
  } else return false;
  return true;
}
