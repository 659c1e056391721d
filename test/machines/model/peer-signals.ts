/** What signaling brings: announces, offers and leaves, signed or not. */
import type { PeerEvent } from '../../../machines/peer-events.js';
import { tunables as t } from '../../../machines/tunables.js';
import * as place from './peer-places.js';
import { closeAll, closeRival, type PeerModel, phase } from './peer-state.js';

type Of<Type extends PeerEvent['type']> = Extract<PeerEvent, { type: Type }>;

const isNewer = ({ session }: PeerModel, boot: number | null) => (boot ?? 0) > (session?.boot ?? 0);
const isSessions = ({ session }: PeerModel, boot: number | null) =>
  boot !== null && boot !== 0 && boot === session?.boot;
/** Words in the name of a peer that signs are its own only when they are signed. */
const isCredible = ({ signs }: PeerModel, boot: number | null) => boot !== null || !signs;

export function note(p: PeerModel, boot: number | null): void {
  p.boot = Math.max(p.boot, boot ?? 0);
}

function reflect(p: PeerModel, { boot, reflection }: Of<'ANNOUNCED'>): void {
  if (reflection) return;
  const isNew = p.reason === 'sighted' || (boot ?? 0) > p.boot;
  const hasMet = p.wasActive && p.session?.proven;
  if (!isNew && (hasMet || !p.dials)) {
    const isHeard = !p.dials || (p.session?.silent ?? 0) <= t.pingEveryTicks;
    if (boot === null ? p.reflectTicks < t.reflectActiveTicks : isHeard) return;
    p.reflectTicks = 0;
  }
  p.does.push(isNew ? 'reflect fresh' : 'reflect');
}

export function announced(p: PeerModel, event: Of<'ANNOUNCED'>): void {
  const { boot } = event;
  const isIn = phase(p);
  const isFresh = (boot ?? 0) > p.boot;
  reflect(p, event);
  if (isIn === 'sighted') {
    if (p.at === 'sighted.offering') {
      if (!isFresh && p.ticks < t.reofferTicks) return;
      note(p, boot);
      closeAll(p);
      return place.makeOffer(p, 'offered-again');
    }
    note(p, boot);
    if (p.at === 'sighted.redialing' || (p.at === 'sighted.placeholder' && p.dials)) place.dial(p, 'announced');
    else if (p.at === 'sighted.placeholder') place.go(p, p.at, 'announced');
    return;
  }
  if (isNewer(p, boot)) {
    note(p, boot);
    closeAll(p);
    p.repair = 'rebuild';
    return place.dial(p, 'peer-restarted');
  }
  const isOfUpstream = boot === null && !p.signs;
  if (/steady|shelved/.test(p.at) && isOfUpstream) {
    p.doubt = { ...p.doubt, evidence: true };
    return place.verify(p, 'announced');
  }
  const isStuck = !p.signs && p.rival !== null && !p.rival.open && p.rival.ticks >= t.stuckTicks;
  if (p.at === 'stale.rebuilding' && isStuck) return place.rebuild(p, 'announced');
  if (isIn === 'active' && p.session!.silent >= t.suspectTicks) place.verify(p, 'announced-while-silent');
  if (isIn === 'stale' && isCredible(p, boot)) {
    p.doubt = { ...p.doubt, evidence: true, seen: true };
    if (p.at === 'stale.holding') place.probe(p, 'announced');
  }
}

export function offered(p: PeerModel, { boot, names, key }: Of<'OFFER'>): void {
  const isIn = phase(p);
  if (isIn === 'sighted') {
    const speaksForPeer = boot !== null || p.boot === 0;
    const wins = p.at !== 'sighted.offering' || (boot ?? 0) > p.boot || !p.offersFirst;
    if (wins && (speaksForPeer || !/offering|answering/.test(p.at))) {
      closeAll(p);
      note(p, boot);
      place.answer(p, key, p.at === 'sighted.answering' ? 'their-newer-offer' : 'their-offer');
    }
    return;
  }
  if (isNewer(p, boot)) {
    closeAll(p);
    note(p, boot);
    p.repair = 'rebuild';
    return place.answer(p, key, 'peer-restarted');
  }
  if (names === 'current') restartOffered(p, boot, key);
  if (names === 'none') freshOffered(p, boot, key);
}

function restartOffered(p: PeerModel, boot: number | null, key: number): void {
  const accept = () => {
    p.does.push(`acceptRestart ${p.session?.epoch} key ${key}`);
    p.repair = 'restart';
  };
  if (phase(p) === 'active') {
    if (isSessions(p, boot)) {
      accept();
      return place.verify(p, 'their-restart');
    }
    p.session!.heldOffer = key;
    return place.verify(p, 'unsigned-restart');
  }
  if (phase(p) === 'stale' && !p.signs) return restartOfUpstream(p, key);
  const oursStands = p.at === 'stale.restarting' && p.offersFirst && p.signs;
  if (phase(p) !== 'stale' || oursStands || !isCredible(p, boot)) return;
  accept();
  p.doubt = { ...p.doubt, renewed: t.renewedTicks };
  place.probe(p, 'their-restart');
}

/** Perhaps a newer offer follows at once, and only the last one may be answered. */
function restartOfUpstream(p: PeerModel, key: number): void {
  // It has answered our own offer, so that this one was made before.
  if (p.at === 'stale.rebuilding' && !p.rival?.unanswered) return;
  p.session!.heldOffer = key;
  if (p.at === 'stale.weighing') return;
  p.doubt = { ...p.doubt, evidence: true, seen: true };
  place.go(p, 'stale.weighing', 'their-restart');
}

function freshOffered(p: PeerModel, boot: number | null, key: number): void {
  const isYoung = p.rival !== null && p.rival.ticks < t.reofferTicks;
  const oursStands = p.at === 'stale.rebuilding' && p.offersFirst && p.signs && isYoung;
  if (oursStands || (isYoung && boot === null && !p.rival?.unanswered)) return;
  closeRival(p);
  note(p, boot);
  place.beside(p, 'openCandidateAsAnswerer', ` key ${key}`);
  if (phase(p) === 'active') place.verify(p, 'new-fingerprint');
  if (p.at === 'stale.weighing') {
    p.session!.heldOffer = 0;
    place.probe(p);
  }
}

export function left(p: PeerModel, { boot }: Of<'LEFT'>): void {
  const isIn = phase(p);
  const isItsOwn = isIn === 'sighted' ? boot !== null && boot >= p.boot : isSessions(p, boot);
  if (isItsOwn) return place.end(p, 'left');
  if (isIn === 'active' || (isIn === 'stale' && !p.signs)) {
    p.session!.leaveClaimed = true;
    (isIn === 'active' ? place.verify : place.probe)(p, 'unsigned-leave');
  }
}
