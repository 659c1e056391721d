/**
 * The vocabulary of the peer chart: guards, delays and context changes by name. Effects are named too and do nothing
 * here; the mesh provides them once for all peers of a network, so that peers share one machine.
 */
import { assign, fromPromise, setup } from 'xstate';
import { newPeerContext, type PeerContext, type PeerEvent, type PeerInput, type Repair } from './peer-events.js';
import { probeMs, tunables as t } from './tunables.js';

const bootOf = (event: PeerEvent): number | null => ('boot' in event ? event.boot : null);
const epochOf = (event: PeerEvent): number => ('epoch' in event ? event.epoch : 0);
const isCurrent = (context: PeerContext, event: PeerEvent) => context.epoch !== 0 && epochOf(event) === context.epoch;
const isCandidate = (context: PeerContext, event: PeerEvent) =>
  context.candidate !== 0 && epochOf(event) === context.candidate;
const names = (event: PeerEvent) => (event.type === 'OFFER' ? event.names : null);
const isMeasure = (context: PeerContext, event: PeerEvent) =>
  isCurrent(context, event) && event.type === 'PONG' && event.rttMs < t.pingEveryTicks * t.sweepMs;
/** Signed by the process that this session was built with. */
const signedBySession = (context: PeerContext, event: PeerEvent) =>
  context.sessionBoot !== 0 && bootOf(event) === context.sessionBoot;
const newerBoot = (context: PeerContext, event: PeerEvent) => (bootOf(event) ?? 0) > context.sessionBoot;
const freshBoot = (context: PeerContext, event: PeerEvent) => (bootOf(event) ?? 0) > context.boot;

/** Does this fact end a doubt? A frame of upstream may have been on its way for long, and shows one direction only. */
const settles = (context: PeerContext, event: PeerEvent) =>
  context.signs ? event.type === 'FRAME' && isCurrent(context, event) : isMeasure(context, event);
/** An upstream process that lives, and a session with it that does not answer. */
const mayRebuildUpstream = (context: PeerContext) => !context.signs && context.evidence;

const noSession = {
  epoch: 0,
  sessionBoot: 0,
  authenticated: false,
  admitted: false,
  approvedByUs: false,
  approvedByThem: false,
  shelvedByUs: false,
  shelvedByThem: false,
  silentTicks: 0,
  pathLostTicks: 0,
  leaveClaimed: false,
  heldOffer: 0,
  awaitsAnswer: false,
} satisfies Partial<PeerContext>;
const noCandidate = {
  candidate: 0,
  candidateOpen: false,
  candidateApproved: false,
  candidateAge: 0,
  awaitsAnswer: false,
} satisfies Partial<PeerContext>;

/** An effect of the host. It must not throw; it runs after the transition has been taken. */
const effect = () => {};
const effectOn = (_: unknown, _params: { epoch: number }) => {};
const effectWith = (_: unknown, _params: { key: number }) => {};

const vocabulary = setup({
  types: {
    input: {} as PeerInput,
    context: {} as PeerContext,
    events: {} as PeerEvent,
    output: {} as { id: string; reason: string; lastEpoch: number },
  },
  actors: {
    /** Resolves after one full I/O turn: frames that wait in sockets are heard before anybody is judged. */
    ioTurn: fromPromise<void>(async () => {}),
  },
  delays: {
    PROBE: ({ context }) => (context.leaveClaimed ? t.leaveProbeMs / t.verifyPings : probeMs(t, context.rttMs)),
    /** A frozen peer that knows us asks by itself when it thaws; what we asked meanwhile it must answer first. */
    HOLD: ({ context }) => (context.signs && !context.seenAlive ? t.holdFrozenMs : t.holdMs),
    RESTART: t.restartMs,
    OFFER_WAIT: t.offerWaitMs,
    ANSWER_WAIT: ({ context }) => t.answerWaitMs * 2 ** context.unanswered,
    ANSWER_HOLD: t.answerHoldMs,
    PARTING: t.partingMs,
  },
  guards: {
    isCurrent: ({ context, event }) => isCurrent(context, event),
    isCandidate: ({ context, event }) => isCandidate(context, event),
    /** A pong that a freeze held up says nothing about the path. */
    isMeasure: ({ context, event }) => isMeasure(context, event),
    offersFirst: ({ context }) => context.offersFirst,
    worthRedialling: ({ context }) => context.wasActive || context.asked,

    // The network's shape
    dials: ({ context }) => context.dials,
    comesIntoShape: ({ context, event }) => event.type === 'SHAPED' && event.dials && !context.dials,
    keeps: ({ context }) => context.keeps,
    fallsOutOfShape: ({ context }) => !context.keeps,
    /** Both ends can do without it, and have for a while: a shape that settles does not part what it joins again. */
    prunable: ({ context }) => context.shelvedByUs && context.shelvedByThem && context.age >= t.pruneTicks,

    // Zombie clearing: only a signed, newer boot id proves that the process behind a session is gone.
    newerBoot: ({ context, event }) => newerBoot(context, event),
    namesOurBoot: ({ context, event }) => signedBySession(context, event),
    suspect: ({ context }) => context.silentTicks >= t.suspectTicks,
    heardAfterSilence: ({ context, event }) => isCurrent(context, event) && context.silentTicks >= t.suspectTicks,
    /** Signed, and not by a process whose successor has spoken already. */
    signedByLatestBoot: ({ context, event }) => (bootOf(event) ?? -1) >= context.boot,
    credibleAnnounce: ({ context, event }) => bootOf(event) !== null || !context.signs,
    leaveCounts: ({ context }) => !context.signs,

    // Offers
    signedRestart: ({ context, event }) => names(event) === 'current' && signedBySession(context, event),
    namesCurrent: ({ event }) => names(event) === 'current',
    credibleRestart: ({ event }) => names(event) === 'current' && bootOf(event) !== null,
    mayReplaceCandidate: ({ context, event }) =>
      names(event) === 'none' &&
      (context.candidate === 0 ||
        bootOf(event) !== null ||
        context.candidateAge >= t.reofferTicks ||
        // An upstream peer that offers does not answer ours: it waits for an answer itself.
        context.awaitsAnswer),
    // Somebody who signs is not spoken for by an unsigned offer while nothing is open yet.
    theirOfferWins: ({ context, event }) =>
      freshBoot(context, event) || (!context.offersFirst && (bootOf(event) !== null || context.boot === 0)),
    newestOfferWins: ({ context, event }) => bootOf(event) !== null || context.boot === 0,
    reofferDue: ({ context, event }) => freshBoot(context, event) || context.age >= t.reofferTicks,
    ourRestartWins: ({ context, event }) => names(event) === 'current' && context.offersFirst && context.signs,
    ourRebuildWins: ({ context, event }) =>
      names(event) === 'none' && context.offersFirst && context.signs && context.candidateAge < t.reofferTicks,

    // Bounds, in ticks of our own awake time
    openExpired: ({ context }) => context.age >= t.openTicks,
    forgotten: ({ context }) => context.age >= (context.dials ? t.forgetTicks : t.sightTicks),
    redialDue: ({ context }) => context.age >= (t.redialTicks[context.redials] ?? Number.POSITIVE_INFINITY),
    redialsSpent: ({ context }) => context.redials >= t.redialTicks.length,
    helloDue: ({ context }) => t.helloRetryTicks.includes(context.age + 1),
    handshakeExpired: ({ context }) => context.age >= t.handshakeTicks,
    pathLost: ({ context }) => context.pathLostTicks >= t.staleTicks,
    pathWaits: ({ context }) => context.pathLostTicks > 0,
    candidateExpired: ({ context }) => context.candidate !== 0 && context.candidateAge >= t.candidateTicks,
    noCandidate: ({ context }) => context.candidate === 0,
    currentFellWithOpenCandidate: ({ context, event }) => isCurrent(context, event) && context.candidateOpen,
    currentFellWithCandidate: ({ context, event }) => isCurrent(context, event) && context.candidate !== 0,
    keptTooLong: ({ context }) => context.staleAge >= t.keepTicks,

    // Handshake
    owesApproval: ({ context }) => context.authenticated && context.admitted && !context.approvedByUs,
    mutuallyApproved: ({ context }) => context.authenticated && context.approvedByUs && context.approvedByThem,

    // Silence
    pingDue: ({ context, event }) =>
      event.type === 'TICK' && event.silent && (context.silentTicks + 1) % t.pingEveryTicks === 0,
    silentBeyondThreshold: ({ context }) => context.silentTicks >= t.staleTicks,
    pingsLeft: ({ context }) =>
      context.tries + 1 <
      (context.signs || context.leaveClaimed || context.heldOffer ? t.verifyPings : t.upstreamPings),
    probesLeft: ({ context }) =>
      context.tries + 1 < (context.leaveClaimed || mayRebuildUpstream(context) ? t.verifyPings : t.probeTries),
    renewed: ({ context }) => context.renewedTicks > 0,
    restartsLeft: ({ context }) => context.restarts < t.restartTries,
    mayRestart: ({ context }) => context.evidence && context.renewedTicks === 0,
    /** Both ends find the path dead at about the same time: one of them renews it. */
    letsThemRestart: ({ context }) =>
      context.evidence && context.renewedTicks === 0 && !context.offersFirst && context.reason !== 'woke',
    seekDue: ({ context }) => (context.staleAge + 1) % t.seekEveryTicks === 0,
    leaveClaimed: ({ context }) => context.leaveClaimed,

    // A peer that does not sign: upstream. After an outage its transport may hold back what it sends, or drop what it
    // gets, for as long again, and no restart changes that: only the answer to a new ping shows that both ways are open.
    announcedByUpstream: ({ context, event }) => !context.signs && bootOf(event) === null,
    currentOfUpstream: ({ context, event }) => !context.signs && isCurrent(context, event),
    settles: ({ context, event }) => settles(context, event),
    settlesLeave: ({ context, event }) => settles(context, event) && context.leaveClaimed,
    endsLongSilence: ({ context, event }) => isCurrent(context, event) && context.silentTicks >= t.staleTicks,
    closedAfterLeave: ({ context, event }) =>
      isCurrent(context, event) && context.leaveClaimed && !context.signs && context.candidate === 0,
    mayRebuildUpstream: ({ context }) => mayRebuildUpstream(context),
    restartOfUpstream: ({ context, event }) => names(event) === 'current' && !context.signs,
    /** It has answered our fresh offer, so this offer was made before. */
    restartOvertaken: ({ context, event }) => names(event) === 'current' && !context.signs && !context.awaitsAnswer,
    /** A stranger's word is not worth a second offer. */
    offerUnanswered: ({ context }) =>
      context.awaitsAnswer && context.unanswered < t.answerTries && (context.wasActive || context.known),
    candidateStuck: ({ context }) => !context.signs && !context.candidateOpen && context.candidateAge >= t.stuckTicks,
    holdsOffer: ({ context }) => context.heldOffer !== 0,
  },
  actions: {
    // Effects, provided by the mesh
    openAsOfferer: effect,
    openAsAnswerer: effectWith,
    openCandidateAsOfferer: effect,
    openCandidateAsAnswerer: effectWith,
    closeSession: effectOn,
    sendHello: effectOn,
    sendApprove: effect,
    ping: effect,
    probe: effect,
    restart: effect,
    acceptRestart: effectWith,
    /** Tells an upstream peer, and nobody else, that we left: it drops what it still holds of us. */
    leave: effect,
    /** Asks the node for an announce: a living peer answers it, which is evidence that a restart may help. */
    seek: effect,
    /** Asks the node to answer an announce. `fresh`: device or boot id not seen before. */
    reflect: (_: unknown, _params: { fresh: boolean }) => {},
    reportRecovered: (_: unknown, _params: { via: Repair }) => {},
    /** Tells the peer; answers with SHELVING_SENT when that has left. */
    sendShelving: (_: unknown, _params: { shelved: boolean }) => {},

    // Context
    because: assign((_, { reason }: { reason: string }) => ({ reason })),
    newEpoch: assign(({ context }) => ({
      ...noSession,
      epoch: context.lastEpoch + 1,
      lastEpoch: context.lastEpoch + 1,
      sessionBoot: context.boot,
    })),
    newCandidate: assign(({ context }) => ({
      ...noCandidate,
      candidate: context.lastEpoch + 1,
      lastEpoch: context.lastEpoch + 1,
    })),
    dropSession: assign(noSession),
    dropCandidate: assign(noCandidate),
    promoteCandidate: assign(({ context }) => ({
      ...noSession,
      ...noCandidate,
      epoch: context.candidate,
      sessionBoot: context.boot,
      approvedByThem: context.candidateApproved,
      repair: 'rebuild' as const,
    })),
    candidateOpened: assign({ candidateOpen: true }),
    candidateApproved: assign({ candidateApproved: true }),
    noteBoot: assign({ boot: ({ context, event }) => Math.max(context.boot, bootOf(event) ?? 0) }),
    shape: assign(({ context, event }) =>
      event.type === 'SHAPED' ? { dials: event.dials, keeps: event.keeps } : context,
    ),
    ask: assign({ asked: true, redials: 0 }),
    /** Pruned: nothing waits for it any more, and only an announce, an offer or the user brings it back. */
    letGo: assign({ wasActive: false, asked: false, repair: null }),
    shelvedByThem: assign({
      shelvedByThem: ({ context, event }) => (event.type === 'THEY_SHELVED' ? event.shelved : context.shelvedByThem),
    }),
    shelvingSent: assign({
      shelvedByUs: ({ context, event }) => (event.type === 'SHELVING_SENT' ? event.shelved : context.shelvedByUs),
    }),
    authenticate: assign(({ context, event }) =>
      event.type === 'AUTHENTICATED'
        ? {
            authenticated: true,
            signs: event.signs,
            sessionBoot: event.boot,
            boot: Math.max(context.boot, event.boot),
            admitted: context.admitted || event.admit,
          }
        : {},
    ),
    admit: assign({ admitted: true }),
    approvedByUs: assign({ approvedByUs: true }),
    approvedByThem: assign({ approvedByThem: true }),
    settle: assign({
      wasActive: true,
      repair: null,
      evidence: false,
      renewedTicks: 0,
      leaveClaimed: false,
      heldOffer: 0,
      restarts: 0,
      redials: 0,
      unanswered: 0,
      tries: 0,
      silentTicks: 0,
    }),
    heard: assign({ silentTicks: 0, leaveClaimed: false }),
    rebase: assign({ silentTicks: 0, renewedTicks: 0 }),
    measure: assign({
      rttMs: ({ context, event }) =>
        event.type !== 'PONG'
          ? context.rttMs
          : context.rttMs === null
            ? event.rttMs
            : Math.round((context.rttMs * 7 + event.rttMs) * 12.5) / 100,
    }),
    countTick: assign(({ context, event }) => ({
      age: context.age + 1,
      staleAge: context.staleAge + 1,
      reflectAge: context.reflectAge + 1,
      candidateAge: context.candidate === 0 ? 0 : context.candidateAge + 1,
      silentTicks: event.type === 'TICK' && event.silent ? context.silentTicks + 1 : 0,
      renewedTicks: Math.max(0, context.renewedTicks - 1),
      pathLostTicks: context.pathLostTicks === 0 ? 0 : context.pathLostTicks + 1,
    })),
    freshAge: assign({ age: 0 }),
    freshTries: assign({ tries: 0 }),
    countTry: assign({ tries: ({ context }) => context.tries + 1 }),
    countRestart: assign({
      restarts: ({ context }) => context.restarts + 1,
      repair: 'restart' as const,
    }),
    renew: assign({ renewedTicks: t.renewedTicks }),
    beginRenewal: assign({ restarts: 0, renewedTicks: 0, evidence: true }),
    countRedial: assign({ redials: ({ context }) => context.redials + 1 }),
    beginStale: assign(({ context }) => ({
      staleAge: 0,
      tries: 0,
      seenAlive: false,
      repair: context.repair ?? ('frame' as const),
    })),
    repairedByProbe: assign({ repair: ({ context }) => (context.repair === 'restart' ? 'restart' : 'probe') }),
    repairedByRestart: assign({ repair: 'restart' as const }),
    repairedByRebuild: assign({ repair: 'rebuild' as const }),
    foundEvidence: assign({ evidence: true }),
    sawAlive: assign({ evidence: true, seenAlive: true }),
    claimLeave: assign({ leaveClaimed: true, tries: 0 }),
    holdOffer: assign({ heldOffer: ({ event }) => (event.type === 'OFFER' ? event.key : 0) }),
    releaseOffer: assign({ heldOffer: 0 }),
    awaitAnswer: assign({ awaitsAnswer: ({ context }) => !context.signs && context.boot === 0 }),
    answered: assign({ awaitsAnswer: false }),
    countUnanswered: assign({ unanswered: ({ context }) => context.unanswered + 1 }),
    losePath: assign({ pathLostTicks: 1 }),
    findPath: assign({ pathLostTicks: 0 }),
  },
});

/** Actions that decide among others: bound to the vocabulary above, so that a misspelt name does not compile. */
export const peerSetup = vocabulary.extend({
  actions: {
    approveIfAdmitted: vocabulary.enqueueActions(({ enqueue, check }) => {
      if (check('owesApproval')) enqueue('sendApprove');
    }),
    /** An unshelve that did not leave would keep us out of what the peer sends to everybody: it is owed. */
    settleShelving: vocabulary.enqueueActions(({ enqueue, context }) => {
      if (context.shelvedByUs === context.keeps) {
        enqueue({ type: 'sendShelving', params: { shelved: !context.keeps } });
      }
    }),
    /** A first session that was tried twice brings nobody back. */
    reportIfRecovered: vocabulary.enqueueActions(({ enqueue, context }) => {
      if (context.repair !== null && context.wasActive)
        enqueue({ type: 'reportRecovered', params: { via: context.repair } });
    }),
    /**
     * Answers an announce where that can help the sender. A reflection is never answered. A peer that leaves no ping
     * unanswered knows us, and between pings an idle link is silent: else a third of an idle mesh answers every announce.
     * Upstream marks nothing, so its announces are answered once in a while only, else two nodes would
     * answer each other for ever over a slow relay. The same goes for a peer that we see and do not dial.
     */
    reflectIfUseful: vocabulary.enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== 'ANNOUNCED' || event.reflection) return;
      const fresh = freshBoot(context, event) || context.reason === 'sighted';
      const known = !context.dials || (context.wasActive && context.authenticated);
      if (known && !fresh) {
        const knowsUs = !context.dials || context.silentTicks <= t.pingEveryTicks;
        if (event.boot !== null && knowsUs) return;
        if (event.boot === null && context.reflectAge < t.reflectActiveTicks) return;
        enqueue.assign({ reflectAge: 0 });
      }
      enqueue({ type: 'reflect', params: { fresh } });
    }),
  },
});

export { newPeerContext };
