/**
 * One peer: Sighted → Handshaking → Active → Stale, final `gone`.
 *
 * Stale is a state, not a verdict: the session is kept, nothing but probes is sent to it, and one frame brings it back.
 * A session ends when its channel closed or never opened, when the peer signed off, when a signed newer boot id proves
 * its process gone, or when it has been silent for 15 minutes. Everything else starts a probe, and where a new session
 * is offered, a candidate beside the current one; the swap happens when the candidate has authenticated.
 */
import { newPeerContext, peerSetup } from './peer-setup.js';
import { sighted } from './peer-sighted.js';
import { stale } from './peer-stale.js';
import {
  acceptRestart,
  answerBeside,
  because,
  candidate,
  clear,
  closeCandidate,
  closeCurrent,
  current,
  heldKey,
  onAnnounceOfNewerBoot,
  onClosedAfterLeave,
  onOfferOfNewerBoot,
  onRenew,
  onSessionClosed,
  onSignedLeave,
  prune,
} from './peer-steps.js';

const handshaking = peerSetup.createStateConfig({
  initial: 'authenticating',
  on: {
    ANNOUNCED: [onAnnounceOfNewerBoot, { actions: 'reflectIfUseful' }],
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

/** Upstream announces itself when it has started anew or lost us, and does not say which: a ping finds out. */
const onAnnounceOfUpstream = {
  guard: 'announcedByUpstream',
  target: 'verifying',
  actions: ['reflectIfUseful', 'freshTries', 'foundEvidence', because('announced')],
} as const;
const onAnswer = { guard: 'settles', target: 'steady', actions: ['measure', because('answered')] } as const;

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
        actions: ['reflectIfUseful', 'freshTries', because('announced-while-silent')],
      },
      { actions: 'reflectIfUseful' },
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
    CLOSED: [onClosedAfterLeave, ...onSessionClosed],
    CONSENT_LOST: { guard: 'isCurrent', target: '.verifying', actions: ['freshTries', because('consent-lost')] },
    PATH_ALIVE: { guard: 'isCurrent', actions: ['probe', 'ping'] },
    WAKE: { target: '.verifying', actions: ['rebase', 'freshTries', 'foundEvidence', because('woke')] },
    SHAPED: { actions: ['shape', 'settleShelving'] },
    RENEW: onRenew,
    TICK: [
      { guard: 'pingDue', actions: ['countTick', 'ping', 'settleShelving'] },
      { actions: ['countTick', 'settleShelving'] },
    ],
  },
  states: {
    steady: {
      entry: ['reportIfRecovered', 'settle'],
      on: { FRAME: [...onFrame], ANNOUNCED: onAnnounceOfUpstream },
      always: [
        { guard: 'silentBeyondThreshold', target: 'judging', actions: because('silent') },
        { guard: 'fallsOutOfShape', target: 'shelved', actions: because('out-of-shape') },
      ],
    },
    /** Alive and admitted, but the shape can do without it: kept for what is sent to it alone, until both ends let go. */
    shelved: {
      entry: 'freshAge',
      on: { FRAME: [...onFrame], ANNOUNCED: onAnnounceOfUpstream },
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
      on: {
        FRAME: onAnswer,
        PONG: [{ guard: 'settlesLeave', target: 'parting', actions: ['measure', because('leave-answered')] }, onAnswer],
      },
      after: {
        PROBE: [{ guard: 'pingsLeft', target: 'verifying', reenter: true, actions: 'countTry' }, { target: 'judging' }],
      },
    },
    /** An upstream peer says that it leaves and still answers: its channel closes now, or it does not leave. */
    parting: { after: { PARTING: { target: 'steady', actions: because('answered') } } },
    /** A late timer may run before the socket is read: nobody is judged before one full I/O turn. */
    judging: {
      on: {
        FRAME: [
          onAnswer,
          { guard: 'endsLongSilence', target: 'verifying', actions: ['heard', 'freshTries', because('frame')] },
        ],
        PONG: onAnswer,
      },
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
          { guard: 'mayRebuildUpstream', target: '#peer.stale.rebuilding', actions: because('probe-unanswered') },
          // We were away, and what comes back goes to where we were: an address that a NAT has given to somebody else.
          { guard: 'mayRestart', target: '#peer.stale.restarting', actions: because('probe-unanswered') },
          { target: '#peer.stale', actions: because('probe-unanswered') },
        ],
      },
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
    VIOLATED: { guard: 'isCurrent', target: '.gone', actions: because('protocol-violation') },
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
