/**
 * The mutants that would do the most harm and be seen the least: each takes away one defence of the charts. `find` is
 * text of the source and must occur in it exactly once, so that a mutant cannot go stale unseen.
 */
export interface Mutant {
  /** The table that must notice it. */
  by: string;
  harm: string;
  file: string;
  find: string;
  put: string;
}

const mutantOf =
  (file: string) =>
  (by: string, harm: string, find: string, put: string): Mutant => ({
    by,
    harm,
    file,
    find,
    put,
  });
const peer = mutantOf('peer.ts');
const steps = mutantOf('peer-steps.ts');
const stale = mutantOf('peer-stale.ts');
const setup = mutantOf('peer-setup.ts');
const node = mutantOf('node.ts');
const relay = mutantOf('relay.ts');
const tunable = mutantOf('tunables.ts');

export const zombies: Mutant[] = [
  setup(
    'peer words',
    'a second word of the same process clears a live session',
    '(bootOf(event) ?? 0) > context.sessionBoot;',
    '(bootOf(event) ?? 0) >= context.sessionBoot;',
  ),
  steps(
    'peer restarting',
    'any announce clears a live session',
    "guard: 'newerBoot',\n  target: '#peer.sighted.dialing',",
    "target: '#peer.sighted.dialing',",
  ),
  steps(
    'peer words',
    'any offer clears a live session',
    "guard: 'newerBoot',\n  target: '#peer.sighted.answering',",
    "target: '#peer.sighted.answering',",
  ),
  steps(
    'peer words',
    'a session of the past stays beside the new one',
    "'reflectIfUseful', 'noteBoot', ...clear, 'repairedByRebuild'",
    "'reflectIfUseful', 'noteBoot', 'dropSession', 'repairedByRebuild'",
  ),
  steps(
    'peer offering',
    'the transport of a dead session is never closed',
    "const clear = [closeCurrent, closeCandidate, 'dropSession', 'dropCandidate']",
    "const clear = ['dropSession', 'dropCandidate', closeCurrent, closeCandidate]",
  ),
  setup(
    'peer words',
    'an unsigned word counts as that of the session',
    'context.sessionBoot !== 0 && bootOf(event) === context.sessionBoot;',
    'bootOf(event) !== context.sessionBoot + 1;',
  ),
  steps(
    'peer words',
    'any leave ends a session',
    "guard: 'namesOurBoot', target: '#peer.gone'",
    "target: '#peer.gone'",
  ),
  setup(
    'peer words',
    'a stranger ends the kept session of a frozen machine',
    'leaveCounts: ({ context }) => !context.signs,',
    'leaveCounts: () => true,',
  ),
  setup(
    'peer placeholder',
    'a departed process takes its successor along',
    '(bootOf(event) ?? -1) >= context.boot,',
    '(bootOf(event) ?? -1) >= 0,',
  ),
  setup(
    'peer words',
    'an announce during a silence is not suspicious',
    'suspect: ({ context }) => context.silentTicks >= t.suspectTicks,',
    'suspect: ({ context }) => context.silentTicks > t.suspectTicks,',
  ),
];

export const lateFacts: Mutant[] = [
  setup(
    'peer awaitingApproval',
    'a fact of an old session counts',
    'context.epoch !== 0 && epochOf(event) === context.epoch;',
    'context.epoch !== 0 && epochOf(event) !== context.candidate;',
  ),
  setup(
    'peer placeholder',
    'a fact of no session counts',
    'context.candidate !== 0 && epochOf(event) === context.candidate;',
    'epochOf(event) === context.candidate;',
  ),
  setup(
    'peer steady',
    'a pong that a freeze held up sets the pace of the probes',
    'event.rttMs < t.pingEveryTicks * t.sweepMs;',
    'event.rttMs > 0;',
  ),
  relay(
    'relay connecting',
    'a fact of an old socket counts',
    'socket !== 0 && socketOf(event) === socket;',
    'socket !== 0 && socketOf(event) <= socket;',
  ),
];

export const swaps: Mutant[] = [
  peer(
    'peer beside',
    'the swap closes the session that has just authenticated',
    "actions: [closeCurrent, 'promoteCandidate', 'authenticate', because('rebuilt')],",
    "actions: ['promoteCandidate', closeCurrent, 'authenticate', because('rebuilt')],",
  ),
  peer(
    'peer beside',
    'a candidate that lies ends the session beside it',
    "{ guard: 'isCandidate', actions: [closeCandidate, 'dropCandidate'] },\n      { guard: 'isCurrent'",
    "{ guard: 'isCurrent'",
  ),
  setup(
    'peer words',
    'a flood of forged offers replaces each candidate before it can authenticate',
    '(context.candidate === 0 ||',
    '(true ||',
  ),
  setup(
    'peer beside',
    'a candidate lives for ever',
    'context.candidate !== 0 && context.candidateAge >= t.candidateTicks,',
    'context.candidate !== 0 && context.candidateAge > 10 * t.candidateTicks,',
  ),
  peer('peer words', 'a forged restart drops the live path', "guard: 'signedRestart',", "guard: 'namesCurrent',"),
  setup(
    'peer words',
    'a forged restart parts the kept path of a frozen machine',
    "names(event) === 'current' && bootOf(event) !== null,",
    "names(event) === 'current',",
  ),
  setup(
    'peer offering',
    'both ends answer the offer of the other',
    '(!context.offersFirst && (bootOf(event) !== null || context.boot === 0)),',
    '(bootOf(event) !== null || context.boot === 0),',
  ),
  setup(
    'peer restarting',
    'both ends drop their restart for that of the other',
    "names(event) === 'current' && context.offersFirst && context.signs,",
    "names(event) === 'candidate' && context.offersFirst && context.signs,",
  ),
];

export const judgements: Mutant[] = [
  stale(
    'peer facts',
    'a stale session is not brought back by a frame',
    "{ guard: 'isCurrent', target: '#peer.active', actions: ['probe', because('frame')] },",
    '',
  ),
  peer(
    'peer steady',
    'our own freeze is charged to the peer',
    "WAKE: { target: '.verifying', actions: ['rebase', 'freshTries',",
    "WAKE: { target: '.verifying', actions: ['freshTries',",
  ),
  peer(
    'peer judging',
    'the peer is judged by a late timer, before the sockets are read',
    "{ guard: 'pingsLeft', target: 'verifying', reenter: true, actions: 'countTry' }, { target: 'judging' }",
    "{ guard: 'pingsLeft', target: 'verifying', reenter: true, actions: 'countTry' }, { target: '#peer.stale' }",
  ),
  setup(
    'peer verifying',
    'one lost ping is a verdict',
    'pingsLeft: ({ context }) =>\n      context.tries + 1 <',
    'pingsLeft: ({ context }) =>\n      context.tries + 9 <',
  ),
  setup(
    'peer active',
    'a lively peer goes silent',
    "silentTicks: event.type === 'TICK' && event.silent ? context.silentTicks + 1 : 0,",
    'silentTicks: context.silentTicks + 1,',
  ),
  setup(
    'peer holding',
    'a restart without a sign of life drops the path of a frozen machine',
    'mayRestart: ({ context }) => context.evidence && context.renewedTicks === 0,',
    'mayRestart: ({ context }) => context.renewedTicks === 0,',
  ),
  stale(
    'peer restarting',
    'an answered restart is repeated before its checks are done',
    "{ guard: 'renewed', target: 'holding' },",
    '',
  ),
  setup(
    'peer facts',
    'a stale session is kept for ever',
    'keptTooLong: ({ context }) => context.staleAge >= t.keepTicks,',
    'keptTooLong: ({ context }) => context.silentTicks < 0,',
  ),
  setup(
    'peer holding',
    'a frozen machine finds a pile of probes',
    'context.signs && !context.seenAlive ? t.holdFrozenMs : t.holdMs',
    't.holdMs',
  ),
  setup(
    'peer verifying',
    'a slow link is judged as if it were fast',
    'probeMs(t, context.rttMs)),',
    't.probeFloorMs),',
  ),
  setup(
    'peer active',
    'a link that only one end can do without is pruned',
    'context.shelvedByUs && context.shelvedByThem && context.age',
    'context.shelvedByUs && context.age',
  ),
];

export const wakes: Mutant[] = [
  node(
    'node attention',
    'relays are checked and the announce goes out, but no peer is asked',
    "actions: [reportWake, 'takePause', 'wakePeers', 'sayWoke']",
    "actions: [reportWake, 'takePause', 'sayWoke']",
  ),
  node(
    'node attention',
    'the peers are asked before anybody is told why',
    "actions: [reportWake, 'takePause', 'wakePeers', 'sayWoke']",
    "actions: ['wakePeers', reportWake, 'takePause', 'sayWoke']",
  ),
  node(
    'node attention',
    'a pause is seen again and again',
    "target: 'settling', actions: ['notePause', 'noteClocks']",
    "target: 'settling', actions: ['notePause']",
  ),
  node(
    'node attention',
    'dead relays are found out only by their routine ping',
    "WOKE: { target: 'cooling', actions: ['checkRelays', 'announceWake'] }",
    "WOKE: { target: 'cooling', actions: ['announceWake'] }",
  ),
  node('node cadence', 'the cadence speaks before the wake is known', "on: { WOKE: 'steady' },", ''),
  node('node attention', 'silence is counted while the machine sleeps', "on: { SUSPEND: 'paused' },", ''),
  node(
    'node announcing',
    'a flood of announces passes the limiter',
    "event.type === 'ANNOUNCE' && event.fresh && context.freshLeft > 0,",
    "event.type === 'ANNOUNCE' && event.fresh,",
  ),
  node(
    'node announcing',
    'an announce that asks for answers becomes one that nobody answers',
    "(event.reason === 'reflection' && context.pending)",
    'false',
  ),
  {
    by: 'node attention',
    harm: 'a suspended machine is taken for a frozen one',
    file: 'clocks.ts',
    find: 'asleepMs > lateMs ?',
    put: 'asleepMs < lateMs ?',
  },
  relay(
    'relay retiring',
    'a silent socket is closed before another one serves',
    'promoteSpare: assign(({ context }) => ({ socket: context.spare, spare: 0, retiring: context.socket })),',
    'promoteSpare: assign(({ context }) => ({ socket: context.spare, spare: 0, retiring: 0 })),',
  ),
];

export const networkChanges: Mutant[] = [
  node(
    'node networkChanges',
    'the room is told before the peers are asked',
    "target: '.settling', actions: 'noteNetworkChange'",
    "target: '.settling', actions: ['noteNetworkChange', 'announceWake']",
  ),
  node(
    'node networkChanges',
    'a network that is back waits until the last wake is cared for',
    "networkChanged: ({ context }) => context.cause === 'network-changed',",
    'networkChanged: () => false,',
  ),
  node(
    'node addressing',
    'peers are asked over a network that is gone',
    "actions: ['noteAddresses', reportAddresses] },",
    "actions: ['noteAddresses', reportAddresses, 'sayNetworkChanged'] },",
  ),
  node(
    'node addressing',
    'every start is a change of the network',
    'firstLook: ({ context }) => context.addresses === null,',
    'firstLook: () => false,',
  ),
  node(
    'node renewing',
    'restarts are offered into dead relays',
    "RELAY_ANSWERED: { target: 'idle', actions: 'renewLostPaths' },",
    "RELAY_ANSWERED: { target: 'idle' },",
  ),
  node(
    'node renewing',
    'where there is no relay a lost path is never renewed',
    "after: { RENEW_WAIT: { target: 'idle', actions: 'renewLostPaths' } },",
    '',
  ),
  steps(
    'peer renewing',
    'a link that nobody needs is renewed, and closed for it',
    "guard: 'keeps',\n  target: '#peer.stale.restarting',",
    "target: '#peer.stale.restarting',",
  ),
  setup(
    'peer renewing',
    'restarts that led to a lost address use up those that do not',
    'beginRenewal: assign({ restarts: 0, renewedTicks: 0, evidence: true }),',
    'beginRenewal: assign({ renewedTicks: 0, evidence: true }),',
  ),
];

export const delays: Mutant[] = [
  setup(
    'peer awaitingOffer',
    'the larger id never waits for the offer of the smaller',
    'OFFER_WAIT: t.offerWaitMs,',
    'OFFER_WAIT: 0,',
  ),
  setup(
    'peer restarting',
    'a restart is repeated while its checks go on',
    'RESTART: t.restartMs,',
    'RESTART: t.probeFloorMs,',
  ),
  node('node attention', 'a wake is noticed late', 'WATCH: t.watchMs,', 'WATCH: t.sweepMs,'),
  node(
    'node aftercare',
    'a starved host floods the room with announces',
    'WAKE_COALESCE: t.wakeCoalesceMs,',
    'WAKE_COALESCE: t.sweepMs,',
  ),
  tunable('node attention', 'a wake of five seconds is none', 'pauseMs: 1_750,', 'pauseMs: 17_500,'),
  tunable('peer awaitingApproval', 'a healthy idle link is stale', 'staleTicks: 9,', 'staleTicks: 4,'),
  tunable('peer verifying', 'a local stall fails a probe', 'probeFloorMs: 250,', 'probeFloorMs: 25,'),
  relay(
    'relay replacing',
    'after a pause a dead relay is kept for five seconds',
    'CHECK_TIMEOUT: t.checkTimeoutMs,',
    'CHECK_TIMEOUT: t.pingTimeoutMs,',
  ),
];

export const upstream: Mutant[] = [
  setup(
    'peer doubts',
    'what upstream sent before our freeze ends the doubt',
    "context.signs ? event.type === 'FRAME' && isCurrent(context, event) : isMeasure(context, event);",
    "event.type === 'FRAME' && isCurrent(context, event);",
  ),
  setup(
    'peer silence',
    'a frozen daemon is offered connection after connection',
    'mayRebuildUpstream = (context: PeerContext) => !context.signs && context.evidence;',
    'mayRebuildUpstream = (context: PeerContext) => !context.signs;',
  ),
  peer(
    'peer leaves',
    'anybody can part us from a daemon that lives',
    "guard: 'settlesLeave', target: 'parting'",
    "guard: 'settlesLeave', target: '#peer.gone'",
  ),
  setup('peer offers', 'the first of two offers is answered', 'ANSWER_HOLD: t.answerHoldMs,', 'ANSWER_HOLD: 0,'),
  setup(
    'peer dials',
    'a stranger makes us offer and leave again and again',
    'context.unanswered < t.answerTries && (context.wasActive || context.known),',
    'context.unanswered < t.answerTries,',
  ),
  setup(
    'peer unanswered',
    'a peer that signs is told that we left',
    'awaitsAnswer: ({ context }) => !context.signs && context.boot === 0',
    'awaitsAnswer: () => true',
  ),
];
