/** A silent peer that does not sign: what revives it, which of its offers is answered, and when a new session is built. */
import {
  ACTIVE_UNSIGNED,
  announced,
  BOOT,
  fact,
  OFFERING,
  offer,
  type PeerRow,
  type PeerStep,
  PROBES_MS,
  pong,
  REBUILDING,
  STALE_UNSIGNED,
  silent,
  t,
} from './peer-words.js';

const PINGS_MS = t.upstreamPings * t.probeFloorMs;
const TWO_PROBES_MS = t.verifyPings * t.probeFloorMs;
const HOLDING: PeerStep[] = [...STALE_UNSIGNED, PROBES_MS];
const WEIGHING: PeerStep[] = [...STALE_UNSIGNED, offer(null, 'current', 3)];
const BUILDING: PeerStep[] = [...ACTIVE_UNSIGNED, announced(null), PINGS_MS, 'turn'];
const ANSWERED: PeerStep[] = [...BUILDING, fact('ANSWERED', 2)];
/** How long its offer waits for an answer after `count` that had none. */
const waitMs = (count: number) => t.answerWaitMs * 2 ** count;

export const silence: PeerRow[] = [
  {
    rule: 'a frame shows one direction: it is asked for the other',
    from: STALE_UNSIGNED,
    when: fact('FRAME', 1),
    to: 'active.verifying',
    does: ['ping', 'probe'],
    sets: { silentTicks: 0, reason: 'frame' },
  },
  {
    rule: 'and believed when it answers',
    from: [...STALE_UNSIGNED, fact('FRAME', 1)],
    when: pong(1, 5),
    to: 'active.steady',
    does: ['recovered by frame'],
    sets: { rttMs: 5, repair: null, reason: 'answered' },
  },
  {
    rule: 'its checks on the old path are a sign of life',
    from: STALE_UNSIGNED,
    when: fact('PATH_ALIVE', 1),
    to: 'stale.probing',
    does: ['probe', 'ping'],
    sets: { repair: 'probe', evidence: true, seenAlive: true },
  },
  {
    rule: 'those of another session are not',
    from: STALE_UNSIGNED,
    when: fact('PATH_ALIVE', 9),
    to: 'stale.probing',
  },
  {
    rule: 'they end the hold',
    from: HOLDING,
    when: fact('PATH_ALIVE', 1),
    to: 'stale.probing',
    does: ['probe', 'ping'],
    sets: { tries: 0, repair: 'probe', evidence: true, seenAlive: true, reason: 'path-alive' },
  },
  { rule: 'those of another session do not', from: HOLDING, when: fact('PATH_ALIVE', 9), to: 'stale.holding' },
  {
    rule: 'alive and silent, probed once',
    from: [...STALE_UNSIGNED, announced(null)],
    when: TWO_PROBES_MS - 1,
    to: 'stale.probing',
    does: ['probe', 'ping'],
    sets: { tries: 1 },
  },
  {
    rule: 'and once more: a fresh connection, and no restart, which would not help',
    from: [...STALE_UNSIGNED, announced(null)],
    when: TWO_PROBES_MS,
    to: 'stale.rebuilding',
    does: ['probe', 'ping', 'offer beside 2'],
    sets: { tries: 1, candidate: 2, lastEpoch: 2, awaitsAnswer: true },
  },
  {
    rule: 'without a sign of life it is held',
    from: STALE_UNSIGNED,
    when: PROBES_MS,
    to: 'stale.holding',
    does: ['probe', 'ping', 'probe', 'ping', 'probe', 'ping', 'probe'],
    sets: { tries: 3 },
  },
];

export const offers: PeerRow[] = [
  {
    rule: 'a restart waits a moment: a newer offer may follow',
    from: STALE_UNSIGNED,
    when: offer(null, 'current', 3),
    to: 'stale.weighing',
    sets: { heldOffer: 3, evidence: true, seenAlive: true, reason: 'their-restart' },
  },
  { rule: 'not answered early', from: WEIGHING, when: t.answerHoldMs - 1, to: 'stale.weighing' },
  {
    rule: 'then it is answered, and asked whether that helped',
    from: WEIGHING,
    when: t.answerHoldMs,
    to: 'stale.probing',
    does: ['accept restart key 3', 'probe', 'ping'],
    sets: { heldOffer: 0, repair: 'restart' },
  },
  {
    rule: 'a second restart replaces the first',
    from: WEIGHING,
    when: [offer(null, 'current', 4), t.answerHoldMs],
    to: 'stale.probing',
    does: ['accept restart key 4', 'probe', 'ping'],
    sets: { heldOffer: 0, repair: 'restart' },
  },
  {
    rule: 'a new session is answered instead',
    from: WEIGHING,
    when: offer(null, 'none', 4),
    to: 'stale.probing',
    does: ['answer beside 2 key 4', 'probe', 'ping'],
    sets: { heldOffer: 0, candidate: 2, lastEpoch: 2 },
  },
  {
    rule: 'while a restart that it overtook is offered by nobody else',
    from: ANSWERED,
    when: offer(null, 'current', 3),
    to: 'stale.rebuilding',
  },
  {
    rule: 'a restart instead of an answer: it waits for ours',
    from: BUILDING,
    when: offer(null, 'current', 3),
    to: 'stale.weighing',
    sets: { heldOffer: 3, seenAlive: true, reason: 'their-restart' },
  },
  {
    rule: 'a new session instead of an answer: it waits for ours',
    from: BUILDING,
    when: offer(null),
    to: 'stale.rebuilding',
    does: ['close 2', 'answer beside 3 key 7'],
    sets: { candidate: 3, lastEpoch: 3, awaitsAnswer: false },
  },
  { rule: 'but not after its answer', from: ANSWERED, when: offer(null), to: 'stale.rebuilding' },
  {
    rule: 'or else after a while',
    from: [...ANSWERED, ...silent(t.reofferTicks)],
    when: offer(null),
    to: 'stale.rebuilding',
    does: ['close 2', 'answer beside 3 key 7'],
    sets: { candidate: 3, candidateAge: 0, lastEpoch: 3 },
  },
];

export const unanswered: PeerRow[] = [
  {
    rule: 'our offer is answered',
    from: BUILDING,
    when: fact('ANSWERED', 2),
    to: 'stale.rebuilding',
    sets: { awaitsAnswer: false },
  },
  { rule: 'that of another session is not', from: BUILDING, when: fact('ANSWERED', 9), to: 'stale.rebuilding' },
  { rule: 'it gets its time', from: BUILDING, when: waitMs(0) - 1, to: 'stale.rebuilding' },
  {
    rule: 'unanswered: told to forget us, offered again',
    from: BUILDING,
    when: waitMs(0),
    to: 'stale.rebuilding',
    does: ['leave', 'close 2', 'offer beside 3'],
    sets: { candidate: 3, lastEpoch: 3, unanswered: 1, reason: 'offer-unanswered' },
  },
  { rule: 'answered, it is let be', from: ANSWERED, when: waitMs(4), to: 'stale.rebuilding' },
  {
    rule: 'the next one gets twice the time',
    from: [...BUILDING, waitMs(0)],
    when: waitMs(1),
    to: 'stale.rebuilding',
    does: ['leave', 'close 3', 'offer beside 4'],
    sets: { candidate: 4, lastEpoch: 4, unanswered: 2 },
  },
  {
    rule: 'three times, no more',
    from: [...BUILDING, waitMs(0), waitMs(1), waitMs(2)],
    when: waitMs(4),
    to: 'stale.rebuilding',
  },
  {
    rule: 'a peer that signs would believe that leave',
    from: REBUILDING,
    when: waitMs(4),
    to: 'stale.rebuilding',
  },
  {
    rule: 'it announces itself, and the new channel does not open: once more',
    from: [...ANSWERED, ...silent(t.stuckTicks)],
    when: announced(null),
    to: 'stale.rebuilding',
    does: ['close 2', 'offer beside 3'],
    sets: { candidate: 3, candidateAge: 0, lastEpoch: 3, awaitsAnswer: true, reason: 'announced' },
  },
  {
    rule: 'not before it had its time',
    from: [...ANSWERED, ...silent(t.stuckTicks - 1)],
    when: announced(null),
    to: 'stale.rebuilding',
    sets: { seenAlive: true },
  },
  {
    rule: 'not when it is open',
    from: [...ANSWERED, fact('OPENED', 2), ...silent(t.stuckTicks)],
    when: announced(null),
    to: 'stale.rebuilding',
    sets: { seenAlive: true },
  },
  {
    rule: 'not when the peer signs',
    from: [...REBUILDING, ...silent(t.stuckTicks)],
    when: announced(BOOT),
    to: 'stale.rebuilding',
    does: ['reflect'],
    sets: { reflectAge: 0 },
  },
];

export const dials: PeerRow[] = [
  {
    rule: 'a rostered peer does not answer: it may hold a session with the process that we were',
    from: [announced(null)],
    known: true,
    when: waitMs(0),
    to: 'sighted.offering',
    does: ['leave', 'close 1', 'offer 2'],
    sets: { epoch: 2, lastEpoch: 2, unanswered: 1, reason: 'offer-unanswered' },
  },
  {
    rule: 'it answers',
    from: [announced(null), fact('ANSWERED', 1)],
    known: true,
    when: waitMs(4),
    to: 'sighted.offering',
  },
  {
    rule: 'the answer to another offer is none',
    from: [announced(null)],
    known: true,
    when: fact('ANSWERED', 9),
    to: 'sighted.offering',
  },
  { rule: 'a stranger is offered to once', from: [announced(null)], when: waitMs(4), to: 'sighted.offering' },
  { rule: 'so is a peer that signs', from: OFFERING, known: true, when: waitMs(4), to: 'sighted.offering' },
];
