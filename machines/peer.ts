/**
 * One peer: Sighted → Handshaking → Active → Stale, final `gone`.
 *
 * Stale is a state, not a verdict: the session is kept, nothing but probes is sent to it, and one frame brings it back.
 * A session ends when its channel closed or never opened, when the peer signed off, when a signed newer boot id proves
 * its process gone, or when it has been silent for 15 minutes. Everything else starts a probe, and where a new session
 * is offered, a candidate beside the current one; the swap happens when the candidate has authenticated.
 */
import { newPeerContext, peerSetup } from './peer-setup.js';

type Key = { event: { type: string; key?: number } };
const current = ({ context }: { context: { epoch: number } }) => ({ epoch: context.epoch });
const candidate = ({ context }: { context: { candidate: number } }) => ({ epoch: context.candidate });
const offerKey = ({ event }: Key) => ({ key: event.key ?? 0 });
const heldKey = ({ context }: { context: { heldOffer: number } }) => ({ key: context.heldOffer });

const because = <R extends string>(reason: R) => ({ type: 'because', params: { reason } }) as const;
const closeCurrent = { type: 'closeSession', params: current } as const;
const closeCandidate = { type: 'closeSession', params: candidate } as const;
const clear = [closeCurrent, closeCandidate, 'dropSession', 'dropCandidate'] as const;
const answerAfresh = ['noteBoot', 'newEpoch', { type: 'openAsAnswerer', params: offerKey }] as const;
const answerBeside = [
  closeCandidate,
  'noteBoot',
  'newCandidate',
  { type: 'openCandidateAsAnswerer', params: offerKey },
] as const;
const acceptRestart = { type: 'acceptRestart', params: offerKey } as const;

/** The current session's channel is gone: what is being built beside it takes over, else the peer is dialled again. */
const onSessionClosed = [
  {
    guard: 'currentFellWithOpenCandidate',
    target: '#peer.handshaking',
    actions: ['promoteCandidate', because('channel-closed')],
  },
  {
    guard: 'currentFellWithCandidate',
    target: '#peer.sighted.answering',
    actions: ['promoteCandidate', because('channel-closed')],
  },
  {
    guard: 'isCurrent',
    target: '#peer.sighted.redialing',
    actions: ['dropSession', 'repairedByRebuild', because('channel-closed')],
  },
] as const;
const onOfferOfNewerBoot = {
  guard: 'newerBoot',
  target: '#peer.sighted.answering',
  actions: [...clear, ...answerAfresh, 'repairedByRebuild', because('peer-restarted')],
} as const;
const onAnnounceOfNewerBoot = {
  guard: 'newerBoot',
  target: '#peer.sighted.dialing',
  actions: ['reflectIfUseful', 'noteBoot', ...clear, 'repairedByRebuild', because('peer-restarted')],
} as const;
const prune = { target: '#peer.sighted.placeholder', actions: [...clear, 'letGo', because('pruned')] } as const;
const dial = { target: 'offering', actions: ['ask', because('dialled')] } as const;
const onSignedLeave = { guard: 'namesOurBoot', target: '#peer.gone', actions: because('left') } as const;

const sighted = peerSetup.createStateConfig({
  initial: 'placeholder',
  on: {
    OFFER: { target: '.answering', actions: [...clear, ...answerAfresh, because('their-offer')] },
    DIAL: { actions: 'ask' },
    LEFT: { guard: 'signedByLatestBoot', target: '#peer.gone', actions: because('left') },
    TICK: { actions: 'countTick' },
  },
  states: {
    /** Known, nothing open, nothing tried. A peer that the shape does not want stays here, and answers to DIAL and OFFER. */
    placeholder: {
      entry: 'freshAge',
      on: {
        ANNOUNCED: [
          { guard: 'dials', target: 'dialing', actions: ['reflectIfUseful', 'noteBoot', because('announced')] },
          { actions: ['freshAge', 'reflectIfUseful', 'noteBoot', because('announced')] },
        ],
        SHAPED: [
          { guard: 'comesIntoShape', target: 'dialing', actions: ['shape', because('into-shape')] },
          { actions: 'shape' },
        ],
        DIAL: dial,
      },
      always: { guard: 'forgotten', target: '#peer.gone', actions: because('forgotten') },
    },
    dialing: {
      always: [
        // Its restart ended the session of a peer that the shape can do without.
        { guard: 'fallsOutOfShape', target: 'placeholder', actions: ['letGo', because('pruned')] },
        { guard: 'offersFirst', target: 'offering' },
        { target: 'awaitingOffer' },
      ],
    },
    /** The smaller id offers first; whoever hears nothing offers all the same. */
    awaitingOffer: {
      entry: 'freshAge',
      on: { ANNOUNCED: { actions: ['reflectIfUseful', 'noteBoot'] }, DIAL: dial },
      after: { OFFER_WAIT: { target: 'offering', actions: because('no-offer-came') } },
    },
    offering: {
      entry: ['freshAge', 'newEpoch', 'openAsOfferer'],
      on: {
        ANNOUNCED: [
          {
            guard: 'reofferDue',
            target: 'offering',
            reenter: true,
            actions: ['reflectIfUseful', 'noteBoot', ...clear, because('offered-again')],
          },
          { actions: 'reflectIfUseful' },
        ],
        OFFER: [
          {
            guard: 'theirOfferWins',
            target: 'answering',
            actions: [...clear, ...answerAfresh, because('their-offer')],
          },
          {},
        ],
        OPENED: { guard: 'isCurrent', target: '#peer.handshaking', actions: because('channel-open') },
        CLOSED: { guard: 'isCurrent', target: 'failed', actions: because('not-connected') },
      },
      always: { guard: 'openExpired', target: 'failed', actions: because('channel-never-opened') },
    },
    answering: {
      entry: 'freshAge',
      on: {
        ANNOUNCED: { actions: ['reflectIfUseful', 'noteBoot'] },
        OFFER: [
          {
            guard: 'newestOfferWins',
            target: 'answering',
            reenter: true,
            actions: [...clear, ...answerAfresh, because('their-newer-offer')],
          },
          {},
        ],
        OPENED: { guard: 'isCurrent', target: '#peer.handshaking', actions: because('channel-open') },
        CLOSED: { guard: 'isCurrent', target: 'failed', actions: because('not-connected') },
      },
      always: { guard: 'openExpired', target: 'failed', actions: because('channel-never-opened') },
    },
    /** A dial came to nothing: a peer that was active is dialled again, any other waits for its next announce. */
    failed: {
      entry: [...clear],
      always: [{ guard: 'worthRedialling', target: 'redialing' }, { target: 'placeholder' }],
    },
    redialing: {
      entry: 'freshAge',
      on: {
        ANNOUNCED: { target: 'dialing', actions: ['reflectIfUseful', 'noteBoot', because('announced')] },
        DIAL: dial,
      },
      always: [
        { guard: 'fallsOutOfShape', target: 'placeholder', actions: ['letGo', because('pruned')] },
        { guard: 'redialsSpent', target: 'placeholder' },
        { guard: 'redialDue', target: 'dialing', actions: ['countRedial', because('redial')] },
      ],
    },
  },
});

const handshaking = peerSetup.createStateConfig({
  initial: 'authenticating',
  on: {
    ANNOUNCED: [onAnnounceOfNewerBoot, { actions: ['reflectIfUseful', 'noteBoot'] }],
    OFFER: [onOfferOfNewerBoot, { guard: 'mayReplaceCandidate', actions: [...answerBeside] }, {}],
    LEFT: [onSignedLeave, {}],
    CLOSED: [...onSessionClosed],
    // A human may take his time to approve; the transport may not.
    CONSENT_LOST: { guard: 'isCurrent', actions: ['losePath', 'probe'] },
    PATH_ALIVE: { guard: 'isCurrent', actions: ['findPath', 'probe'] },
    WAKE: { actions: 'probe' },
  },
  always: { guard: 'pathLost', target: '#peer.sighted.failed', actions: because('path-lost') },
  states: {
    authenticating: {
      entry: ['freshAge', { type: 'sendHello', params: current }],
      on: {
        AUTHENTICATED: {
          guard: 'isCurrent',
          target: 'awaitingApproval',
          actions: ['authenticate', because('authenticated')],
        },
        TICK: [
          { guard: 'helloDue', actions: ['countTick', { type: 'sendHello', params: current }] },
          { actions: 'countTick' },
        ],
      },
      always: { guard: 'handshakeExpired', target: '#peer.sighted.failed', actions: because('handshake-timeout') },
    },
    awaitingApproval: {
      entry: ['freshAge', 'approveIfAdmitted'],
      on: {
        APPROVE: { actions: ['admit', 'approveIfAdmitted'] },
        APPROVE_SENT: { guard: 'isCurrent', actions: 'approvedByUs' },
        TICK: [
          { guard: 'pathWaits', actions: ['countTick', 'probe', 'approveIfAdmitted'] },
          { actions: ['countTick', 'approveIfAdmitted'] },
        ],
      },
      always: { guard: 'mutuallyApproved', target: '#peer.active', actions: because('approved') },
    },
  },
});

/** A frame of a peer that nobody doubts. */
const onFrame = [
  // What was sent into the silence waits in the transport until the path is asked.
  { guard: 'heardAfterSilence', actions: ['heard', 'probe'] },
  { guard: 'isCurrent', actions: 'heard' },
] as const;

const active = peerSetup.createStateConfig({
  initial: 'steady',
  entry: 'settleShelving',
  on: {
    ANNOUNCED: [
      onAnnounceOfNewerBoot,
      {
        guard: 'suspect',
        target: '.verifying',
        actions: ['reflectIfUseful', 'noteBoot', 'freshTries', because('announced-while-silent')],
      },
      { actions: ['reflectIfUseful', 'noteBoot'] },
    ],
    OFFER: [
      onOfferOfNewerBoot,
      {
        guard: 'signedRestart',
        target: '.verifying',
        actions: [acceptRestart, 'repairedByRestart', 'freshTries', because('their-restart')],
      },
      {
        guard: 'namesCurrent',
        target: '.verifying',
        actions: ['holdOffer', 'freshTries', because('unsigned-restart')],
      },
      {
        guard: 'mayReplaceCandidate',
        target: '.verifying',
        actions: [...answerBeside, 'freshTries', because('new-fingerprint')],
      },
      {},
    ],
    LEFT: [onSignedLeave, { target: '.verifying', actions: ['claimLeave', because('unsigned-leave')] }],
    CLOSED: [...onSessionClosed],
    CONSENT_LOST: { guard: 'isCurrent', target: '.verifying', actions: ['freshTries', because('consent-lost')] },
    PATH_ALIVE: { guard: 'isCurrent', actions: ['probe', 'ping'] },
    WAKE: { target: '.verifying', actions: ['rebase', 'freshTries', 'foundEvidence', because('woke')] },
    SHAPED: { actions: ['shape', 'settleShelving'] },
    TICK: [
      { guard: 'pingDue', actions: ['countTick', 'ping', 'settleShelving'] },
      { actions: ['countTick', 'settleShelving'] },
    ],
  },
  states: {
    steady: {
      entry: ['reportIfRecovered', 'settle'],
      on: { FRAME: [...onFrame] },
      always: [
        { guard: 'silentBeyondThreshold', target: 'judging', actions: because('silent') },
        { guard: 'fallsOutOfShape', target: 'shelved', actions: because('out-of-shape') },
      ],
    },
    /** Alive and admitted, but the shape can do without it: kept for what is sent to it alone, until both ends let go. */
    shelved: {
      entry: 'freshAge',
      on: { FRAME: [...onFrame] },
      always: [
        { guard: 'silentBeyondThreshold', target: 'judging', actions: because('silent') },
        { guard: 'keeps', target: 'steady', actions: because('into-shape') },
        { guard: 'prunable', ...prune },
      ],
    },
    /** Suspected: pinged at once and at least twice. Sends still go out. */
    verifying: {
      entry: ['ping', 'probe'],
      // Each suspicion begins the pings anew; a flood of forged ones must not keep a dead session for ever.
      always: { guard: 'silentBeyondThreshold', target: 'judging', actions: because('silent') },
      on: { FRAME: { guard: 'isCurrent', target: 'steady', actions: ['heard', because('answered')] } },
      after: {
        PROBE: [{ guard: 'pingsLeft', target: 'verifying', reenter: true, actions: 'countTry' }, { target: 'judging' }],
      },
    },
    /** A late timer may run before the socket is read: nobody is judged before one full I/O turn. */
    judging: {
      on: { FRAME: { guard: 'isCurrent', target: 'steady', actions: ['heard', because('answered')] } },
      invoke: {
        src: 'ioTurn',
        onDone: [
          { guard: 'leaveClaimed', target: '#peer.gone', actions: because('left-unanswered') },
          {
            guard: 'holdsOffer',
            target: '#peer.stale',
            actions: [
              { type: 'acceptRestart', params: heldKey },
              'releaseOffer',
              'repairedByRestart',
              because('probe-unanswered'),
            ],
          },
          { target: '#peer.stale', actions: because('probe-unanswered') },
        ],
      },
    },
  },
});

const stale = peerSetup.createStateConfig({
  initial: 'probing',
  entry: ['beginStale', 'freshRestarts', 'seek'],
  on: {
    FRAME: { guard: 'isCurrent', target: '#peer.active', actions: ['heard', 'probe', because('frame')] },
    PATH_ALIVE: { guard: 'isCurrent', actions: ['repairedByProbe', 'probe', 'ping'] },
    // Unsigned words in the name of a peer that signs are not its own: they must not part the kept path.
    ANNOUNCED: [
      onAnnounceOfNewerBoot,
      { guard: 'credibleAnnounce', actions: ['reflectIfUseful', 'noteBoot', 'sawAlive'] },
      { actions: 'reflectIfUseful' },
    ],
    OFFER: [
      onOfferOfNewerBoot,
      {
        guard: 'credibleRestart',
        target: '.probing',
        actions: [acceptRestart, 'repairedByRestart', 'freshTries', 'renew', because('their-restart')],
      },
      { guard: 'mayReplaceCandidate', actions: [...answerBeside] },
      {},
    ],
    LEFT: [
      onSignedLeave,
      { guard: 'leaveCounts', target: '.probing', actions: ['claimLeave', because('unsigned-leave')] },
      {},
    ],
    CLOSED: [...onSessionClosed],
    RESTART_REFUSED: { guard: 'isCurrent', target: '.rebuilding', actions: because('restart-refused') },
    WAKE: { target: '.probing', actions: ['rebase', 'freshTries', 'foundEvidence', because('woke')] },
    TICK: [{ guard: 'seekDue', actions: ['countTick', 'seek'] }, { actions: 'countTick' }],
  },
  always: [
    { guard: 'fallsOutOfShape', ...prune },
    { guard: 'keptTooLong', target: '#peer.gone', actions: because('silent-too-long') },
  ],
  states: {
    probing: {
      entry: ['probe', 'ping'],
      after: {
        PROBE: [
          { guard: 'probesLeft', target: 'probing', reenter: true, actions: 'countTry' },
          { guard: 'leaveClaimed', target: '#peer.gone', actions: because('left-unanswered') },
          { guard: 'letsThemRestart', target: 'yielding', actions: because('path-dead') },
          { guard: 'mayRestart', target: 'restarting', actions: because('path-dead') },
          { target: 'holding' },
        ],
      },
    },
    /** The smaller id renews the path; whoever hears nothing does it all the same. */
    yielding: { after: { RESTART: { target: 'restarting', actions: because('no-restart-came') } } },
    /** In place: certificate, channel, order and queue survive. Only when the path is dead, for it drops the path. */
    restarting: {
      entry: ['countRestart', 'restart'],
      on: {
        OFFER: [onOfferOfNewerBoot, { guard: 'ourRestartWins' }],
        RESTART_ANSWERED: { guard: 'isCurrent', actions: 'renew' },
      },
      after: {
        RESTART: [
          { guard: 'renewed', target: 'holding' },
          { guard: 'restartsLeft', target: 'restarting', reenter: true },
          { target: 'rebuilding', actions: because('restart-unanswered') },
        ],
      },
    },
    /** A fresh connection beside the old one, which is kept until the new one has authenticated. */
    rebuilding: {
      entry: [closeCandidate, 'newCandidate', 'openCandidateAsOfferer'],
      on: { OFFER: [onOfferOfNewerBoot, { guard: 'ourRebuildWins' }] },
      always: { guard: 'noCandidate', target: 'holding' },
    },
    /** Nothing more to try: ask the old path now and then, for as long as the session is kept. */
    holding: {
      entry: 'probe',
      on: {
        ANNOUNCED: [
          onAnnounceOfNewerBoot,
          {
            guard: 'credibleAnnounce',
            target: 'probing',
            actions: ['reflectIfUseful', 'noteBoot', 'sawAlive', 'freshTries', because('announced')],
          },
        ],
      },
      after: { HOLD: { target: 'holding', reenter: true } },
    },
  },
});

export const peerMachine = peerSetup.createMachine({
  id: 'peer',
  context: ({ input }) => newPeerContext(input),
  initial: 'sighted',
  on: {
    // The candidate beside the current session, in whatever state that is.
    OPENED: { guard: 'isCandidate', actions: ['candidateOpened', { type: 'sendHello', params: candidate }] },
    CLOSED: { guard: 'isCandidate', actions: 'dropCandidate' },
    AUTHENTICATED: {
      guard: 'isCandidate',
      target: '.handshaking.awaitingApproval',
      actions: [closeCurrent, 'promoteCandidate', 'authenticate', because('rebuilt')],
    },
    AUTH_FAILED: [
      { guard: 'isCandidate', actions: [closeCandidate, 'dropCandidate'] },
      { guard: 'isCurrent', target: '.gone', actions: because('auth-failed') },
    ],
    THEY_APPROVED: [
      { guard: 'isCandidate', actions: 'candidateApproved' },
      { guard: 'isCurrent', actions: 'approvedByThem' },
    ],
    THEY_SHELVED: { guard: 'isCurrent', actions: 'shelvedByThem' },
    SHELVING_SENT: { guard: 'isCurrent', actions: 'shelvingSent' },
    SHAPED: { actions: 'shape' },
    DENIED: { guard: 'isCurrent', target: '.gone', actions: because('denied') },
    PONG: { guard: 'isMeasure', actions: 'measure' },
    APPROVE: { actions: 'admit' },
    REMOVE: { target: '.gone', actions: because('removed') },
    CLOSE: { target: '.gone', actions: because('closed') },
  },
  always: { guard: 'candidateExpired', actions: [closeCandidate, 'dropCandidate'] },
  states: { sighted, handshaking, active, stale, gone: { type: 'final', entry: [...clear] } },
  output: ({ context }) => ({ id: context.id, reason: context.reason, lastEpoch: context.lastEpoch }),
  options: { maxIterations: 1000 },
});
