/** A peer that does not sign. Its transport may be blocked one way after an outage, so only an answer is believed. */
import {
  ACTIVE_UNSIGNED,
  announced,
  closed,
  fact,
  left,
  OFFERING,
  offer,
  type PeerRow,
  type PeerStep,
  pong,
  STALE_UNSIGNED,
  silent,
  t,
  WAKE,
} from './peer-words.js';

const PINGS_MS = t.upstreamPings * t.probeFloorMs;
const TWO_PROBES_MS = t.verifyPings * t.probeFloorMs;
const DOUBTED: PeerStep[] = [...ACTIVE_UNSIGNED, announced(null)];
const LEAVING: PeerStep[] = [...ACTIVE_UNSIGNED, left(null)];
const PARTING: PeerStep[] = [...LEAVING, pong(1, 5)];
const pings = (count: number) => Array.from({ length: count }, () => ['ping', 'probe']).flat();
/** How long its offer waits for an answer after `count` that had none. */
const waitMs = (count: number) => t.answerWaitMs * 2 ** count;
const FALLEN = {
  epoch: 0,
  authenticated: false,
  admitted: false,
  approvedByUs: false,
  approvedByThem: false,
};
const GONE = { ...FALLEN, leaveClaimed: false, reason: 'left' };

export const doubts: PeerRow[] = [
  {
    rule: 'an announce is a reason to ask: it may have started anew',
    from: ACTIVE_UNSIGNED,
    when: announced(null),
    to: 'active.verifying',
    does: ['ping', 'probe'],
    sets: { evidence: true, reason: 'announced' },
  },
  {
    rule: 'while it is asked, another one is nothing new',
    from: DOUBTED,
    when: announced(null),
    to: 'active.verifying',
  },
  {
    rule: 'a frame may have waited since before our own pause',
    from: DOUBTED,
    when: fact('FRAME', 1),
    to: 'active.verifying',
  },
  {
    rule: 'a pong is an answer',
    from: DOUBTED,
    when: pong(1, 5),
    to: 'active.steady',
    sets: { rttMs: 5, evidence: false, reason: 'answered' },
  },
  {
    rule: 'a pong that was held up is none',
    from: DOUBTED,
    when: pong(1, t.pingEveryTicks * t.sweepMs),
    to: 'active.verifying',
  },
  { rule: 'a pong of another session is none', from: DOUBTED, when: pong(9, 5), to: 'active.verifying' },
  {
    rule: 'it is pinged four times',
    from: DOUBTED,
    when: PINGS_MS - 1,
    to: 'active.verifying',
    does: pings(3),
    sets: { tries: 3 },
  },
  {
    rule: 'and then judged',
    from: DOUBTED,
    when: PINGS_MS,
    to: 'active.judging',
    does: pings(3),
    sets: { tries: 3 },
  },
  {
    rule: 'a pong in the last moment counts',
    from: [...DOUBTED, PINGS_MS],
    when: pong(1, 5),
    to: 'active.steady',
    sets: { rttMs: 5, tries: 0, evidence: false, reason: 'answered' },
  },
  {
    rule: 'a frame does not',
    from: [...DOUBTED, PINGS_MS],
    when: fact('FRAME', 1),
    to: 'active.judging',
  },
  {
    rule: 'after a long silence it does: it is asked for the other direction, as often as anybody',
    from: [...ACTIVE_UNSIGNED, fact('CONSENT_LOST', 1), t.probeFloorMs, ...silent(t.staleTicks)],
    when: fact('FRAME', 1),
    to: 'active.verifying',
    does: ['ping', 'probe'],
    sets: { silentTicks: 0, tries: 0, reason: 'frame' },
  },
  {
    rule: 'in vain: a fresh connection is built beside it at once',
    from: [...DOUBTED, PINGS_MS],
    when: 'turn',
    to: 'stale.rebuilding',
    does: ['seek', 'offer beside 2'],
    sets: {
      tries: 0,
      staleAge: 0,
      repair: 'frame',
      candidate: 2,
      lastEpoch: 2,
      awaitsAnswer: true,
      reason: 'probe-unanswered',
    },
  },
  {
    rule: 'without a sign of life nothing is built',
    from: [...ACTIVE_UNSIGNED, fact('CONSENT_LOST', 1), PINGS_MS],
    when: 'turn',
    to: 'stale.probing',
    does: ['seek', 'probe', 'ping'],
    sets: { tries: 0, staleAge: 0, repair: 'frame', reason: 'probe-unanswered' },
  },
  {
    rule: 'our own pause is a reason to build, not to blame',
    from: [...ACTIVE_UNSIGNED, WAKE, PINGS_MS],
    when: 'turn',
    to: 'stale.rebuilding',
    does: ['seek', 'offer beside 2'],
    sets: {
      tries: 0,
      staleAge: 0,
      repair: 'frame',
      candidate: 2,
      lastEpoch: 2,
      awaitsAnswer: true,
      reason: 'probe-unanswered',
    },
  },
  {
    rule: 'that it offers a restart is a doubt of its own: two pings are enough',
    from: [...ACTIVE_UNSIGNED, WAKE, offer(null, 'current', 3), TWO_PROBES_MS],
    when: 'turn',
    to: 'stale.probing',
    does: ['accept restart key 3', 'seek', 'probe', 'ping'],
    sets: { tries: 0, staleAge: 0, repair: 'restart', heldOffer: 0, reason: 'probe-unanswered' },
  },
  {
    rule: 'heard at the end of a long silence: it is asked before it is believed',
    from: [...ACTIVE_UNSIGNED, ...silent(t.staleTicks)],
    when: fact('FRAME', 1),
    to: 'active.verifying',
    does: ['ping', 'probe'],
    sets: { silentTicks: 0, reason: 'frame' },
  },
];

export const leaves: PeerRow[] = [
  {
    rule: 'it still answers: does its channel close?',
    from: LEAVING,
    when: pong(1, 5),
    to: 'active.parting',
    sets: { rttMs: 5, reason: 'leave-answered' },
  },
  { rule: 'not for a while', from: PARTING, when: t.partingMs - 1, to: 'active.parting' },
  {
    rule: 'it does not: the leave was not its own',
    from: PARTING,
    when: t.partingMs,
    to: 'active.steady',
    sets: { leaveClaimed: false, reason: 'answered' },
  },
  {
    rule: 'it does: it has left, and is not dialled again',
    from: PARTING,
    when: closed(1),
    to: 'gone, ended',
    does: ['close 1'],
    sets: GONE,
  },
  {
    rule: 'its channel closes before it could answer',
    from: LEAVING,
    when: closed(1),
    to: 'gone, ended',
    does: ['close 1'],
    sets: GONE,
  },
  {
    rule: 'a session that is built beside outlives it',
    from: [...LEAVING, offer(null)],
    when: closed(1),
    to: 'sighted.answering',
    sets: { ...GONE, epoch: 2, candidate: 0, repair: 'rebuild', reason: 'channel-closed' },
  },
  {
    rule: 'a stale one has left too when its channel closes',
    from: [...STALE_UNSIGNED, left(null)],
    when: closed(1),
    to: 'gone, ended',
    does: ['close 1'],
    sets: { ...GONE, silentTicks: 0 },
  },
  {
    rule: 'without a leave a closed channel is a fault',
    from: ACTIVE_UNSIGNED,
    when: closed(1),
    to: 'sighted.redialing',
    sets: { ...FALLEN, repair: 'rebuild', reason: 'channel-closed' },
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
