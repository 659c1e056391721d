/** What must come of each thing that can happen to a peer, written from docs/engine.md. */
import type { PeerEvent } from '../../../machines/peer-events.js';
import { tunables as t } from '../../../machines/tunables.js';
import type { Model } from './model.js';
import * as place from './peer-places.js';
import { announced, left, note, offered } from './peer-signals.js';
import { closeRival, newPeer, type PeerModel, phase, promote, type Session } from './peer-state.js';
import { dueInMs, freeze, pass } from './timers.js';

type Of<Type extends PeerEvent['type']> = Extract<PeerEvent, { type: Type }>;

/** `offersFirst`: our id is the smaller one; `known`: the peer is rostered. */
export const peerModel = (who: { offersFirst: boolean; known: boolean }): Model<PeerModel> => ({
  start: () => newPeer(who),

  after(before, step) {
    const p = copy(before);
    if (p.at === 'gone') return p;
    if (step.type === 'WAIT') pass(p, step.ms as number, fire);
    else if (step.type === 'FREEZE') freeze(p, step.ms as number, fire);
    else if (step.type !== 'IO_TURN') happen(p, step as PeerEvent);
    else if (p.at === 'active.judging') place.judge(p);
    settle(p);
    return p;
  },

  sight: (p) => ({
    state: p.at,
    effects: p.does,
    dueInMs: dueInMs(p),
    awaitsTurn: p.at === 'active.judging',
    facts: {
      epoch: p.session?.epoch ?? 0,
      candidate: p.rival?.epoch ?? 0,
      lastEpoch: p.lastEpoch,
      boot: p.boot,
      sessionBoot: p.session?.boot ?? 0,
      signs: p.signs,
      authenticated: p.session?.proven ?? false,
      approvedByUs: p.session?.approved.byUs ?? false,
      approvedByThem: p.session?.approved.byThem ?? false,
      shelvedByUs: p.session?.shelved.byUs ?? false,
      shelvedByThem: p.session?.shelved.byThem ?? false,
      wasActive: p.wasActive,
      asked: p.asked,
      dials: p.dials,
      keeps: p.keeps,
      rttMs: p.rttMs,
      reason: p.reason,
    },
  }),
});

function copy(p: PeerModel): PeerModel {
  const { session, rival } = p;
  return {
    ...p,
    session: session && { ...session, approved: { ...session.approved }, shelved: { ...session.shelved } },
    rival: rival && { ...rival },
    doubt: { ...p.doubt },
    does: [],
  };
}

function settle(p: PeerModel): void {
  while (place.boundPasses(p));
}

function fire(p: PeerModel): void {
  place.timerFires(p);
  settle(p);
}

function happen(p: PeerModel, event: PeerEvent): void {
  const { session, rival } = p;
  if ('epoch' in event) {
    if (session?.epoch === event.epoch) ofSession(p, session, event);
    else if (rival?.epoch === event.epoch) ofRival(p, event);
    return;
  }
  switch (event.type) {
    case 'ANNOUNCED':
      return announced(p, event);
    case 'OFFER':
      return offered(p, event);
    case 'LEFT':
      return left(p, event);
    case 'TICK':
      return tick(p, event.silent);
    case 'WAKE':
      return wake(p);
    case 'RENEW':
      if (/active|stale/.test(phase(p)) && p.keeps) place.renew(p, event.reason);
      return;
    case 'SHAPED':
      return shaped(p, event);
    case 'DIAL':
      return dialled(p);
    case 'APPROVE':
      if (session) session.admitted = true;
      if (p.at === 'handshaking.awaitingApproval') place.approveIfOwed(p);
      return;
    case 'REMOVE':
      return place.end(p, 'removed');
    case 'CLOSE':
      return place.end(p, 'closed');
  }
}

// Facts of sessions

type Fact = Extract<PeerEvent, { epoch: number }>;

function ofSession(p: PeerModel, session: Session, event: Fact): void {
  const isIn = phase(p);
  const isOpening = /offering|answering/.test(p.at);
  switch (event.type) {
    case 'OPENED':
      if (isOpening) place.greet(p, 'channel-open');
      return;
    case 'CLOSED':
      if (isOpening) return place.fail(p, 'not-connected');
      // The leave of a peer that signs nothing is true when its channel closes after it.
      return session.leaveClaimed && !p.signs && p.rival === null ? place.end(p, 'left') : place.fall(p);
    case 'CONSENT_LOST':
      if (isIn === 'active') place.verify(p, 'consent-lost');
      if (isIn !== 'handshaking') return;
      session.pathLost = 1;
      return place.ask(p, 'probe');
    case 'PATH_ALIVE':
      if (isIn === 'sighted') return;
      session.pathLost = 0;
      if (isIn === 'stale') return aliveWhileStale(p);
      return isIn === 'handshaking' ? place.ask(p, 'probe') : place.ask(p, 'probe', 'ping');
    case 'FRAME':
      return frame(p, session);
    case 'PONG':
      // One that a freeze held up says nothing about the path.
      if (event.rttMs >= t.pingEveryTicks * t.sweepMs) return;
      p.rttMs = p.rttMs === null ? event.rttMs : Math.round(((p.rttMs * 7 + event.rttMs) / 8) * 100) / 100;
      return p.signs ? undefined : answeredByUpstream(p);
    case 'AUTHENTICATED':
      if (p.at !== 'handshaking.authenticating') return;
      return proven(p, session, event, 'authenticated');
    case 'AUTH_FAILED':
      return place.end(p, 'auth-failed');
    case 'DENIED':
      return place.end(p, 'denied');
    case 'VIOLATED':
      return place.end(p, 'protocol-violation');
    case 'THEY_APPROVED':
      session.approved.byThem = true;
      return;
    case 'APPROVE_SENT':
      if (p.at === 'handshaking.awaitingApproval') session.approved.byUs = true;
      return;
    case 'THEY_SHELVED':
      session.shelved.byThem = event.shelved;
      return;
    case 'SHELVING_SENT':
      session.shelved.byUs = event.shelved;
      return;
    case 'ANSWERED':
      session.unanswered = false;
      if (p.at === 'stale.restarting') p.doubt = { ...p.doubt, renewed: t.renewedTicks };
      return;
    case 'RESTART_REFUSED':
      if (isIn === 'stale') place.rebuild(p, 'restart-refused');
      return;
  }
}

function ofRival(p: PeerModel, event: Fact): void {
  if (event.type === 'OPENED') {
    p.rival!.open = true;
    p.does.push(`sendHello ${event.epoch}`);
  }
  if (event.type === 'CLOSED') p.rival = null;
  if (event.type === 'ANSWERED') p.rival!.unanswered = false;
  if (event.type === 'AUTH_FAILED') closeRival(p);
  if (event.type === 'THEY_APPROVED') p.rival!.approvedByThem = true;
  if (event.type === 'AUTHENTICATED') {
    p.does.push(`closeSession ${p.session?.epoch}`);
    proven(p, promote(p), event, 'rebuilt');
  }
}

function proven(p: PeerModel, session: Session, { boot, signs, admit }: Of<'AUTHENTICATED'>, reason: string): void {
  note(p, boot);
  p.signs = signs;
  session.proven = true;
  session.boot = boot;
  session.admitted ||= admit;
  place.awaitApproval(p, reason);
}

function frame(p: PeerModel, session: Session): void {
  if (p.at === 'active.steady' || p.at === 'active.shelved') {
    if (session.silent >= t.suspectTicks) place.ask(p, 'probe');
    session.silent = 0;
  } else if (!p.signs) return frameOfUpstream(p, session);
  else if (/verifying|judging/.test(p.at)) place.calm(p, 'answered');
  else if (phase(p) === 'stale') {
    place.ask(p, 'probe');
    place.activate(p, 'frame');
  }
}

/** It may have been on its way for long, and shows one direction only: after a long silence it makes us ask. */
function frameOfUpstream(p: PeerModel, session: Session): void {
  const isStale = phase(p) === 'stale';
  if (!isStale && !(p.at === 'active.judging' && session.silent >= t.staleTicks)) return;
  Object.assign(session, { silent: 0, leaveClaimed: false });
  if (isStale) place.tellShelving(p);
  place.verify(p, 'frame');
}

/** The answer to a new ping shows that both directions are open. */
function answeredByUpstream(p: PeerModel): void {
  if (p.at === 'active.verifying' && p.session?.leaveClaimed) place.go(p, 'active.parting', 'leave-answered');
  else if (/verifying|judging/.test(p.at)) place.calm(p, 'answered');
}

function aliveWhileStale(p: PeerModel): void {
  if (p.repair !== 'restart') p.repair = 'probe';
  if (!p.signs) {
    p.doubt = { ...p.doubt, evidence: true, seen: true };
    if (p.at === 'stale.holding') return place.probe(p, 'path-alive');
  }
  place.ask(p, 'probe', 'ping');
}

// The node and the user

function tick(p: PeerModel, silent: boolean): void {
  const { session, rival, doubt } = p;
  const pathWaits = session !== null && session.pathLost > 0;
  p.ticks += 1;
  p.reflectTicks += 1;
  if (rival) rival.ticks += 1;
  if (session) {
    session.silent = silent ? session.silent + 1 : 0;
    if (pathWaits) session.pathLost += 1;
  }
  p.doubt = { ...doubt, staleTicks: doubt.staleTicks + 1, renewed: Math.max(0, doubt.renewed - 1) };
  if (p.at === 'handshaking.authenticating' && t.helloRetryTicks.includes(p.ticks)) {
    p.does.push(`sendHello ${session?.epoch}`);
  }
  if (p.at === 'handshaking.awaitingApproval') {
    if (pathWaits) place.ask(p, 'probe');
    place.approveIfOwed(p);
  }
  if (phase(p) === 'active') {
    if (silent && session!.silent % t.pingEveryTicks === 0) place.ask(p, 'ping');
    place.tellShelving(p);
  }
  if (phase(p) === 'stale' && p.doubt.staleTicks % t.seekEveryTicks === 0) p.does.push('seek');
}

function wake(p: PeerModel): void {
  const isIn = phase(p);
  if (isIn === 'handshaking') return place.ask(p, 'probe');
  if (isIn === 'sighted') return;
  p.session!.silent = 0;
  p.doubt = { ...p.doubt, renewed: 0, evidence: true };
  (isIn === 'active' ? place.verify : place.probe)(p, 'woke');
}

function shaped(p: PeerModel, { dials, keeps }: Of<'SHAPED'>): void {
  const comesIn = dials && !p.dials;
  Object.assign(p, { dials, keeps });
  if (p.at === 'sighted.placeholder' && comesIn) place.dial(p, 'into-shape');
  if (phase(p) === 'active') place.tellShelving(p);
}

function dialled(p: PeerModel): void {
  if (phase(p) !== 'sighted') return;
  Object.assign(p, { asked: true, redials: 0 });
  if (/placeholder|awaitingOffer|redialing/.test(p.at)) place.makeOffer(p, 'dialled');
}
