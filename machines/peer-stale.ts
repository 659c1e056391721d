/** Silent beyond doubt: the session is kept and asked, its path renewed, and at last a fresh connection built beside it. */
import { peerSetup } from './peer-setup.js';
import {
  acceptRestart,
  answerBeside,
  because,
  closeCandidate,
  heldKey,
  onAnnounceOfNewerBoot,
  onClosedAfterLeave,
  onOfferOfNewerBoot,
  onRenew,
  onSessionClosed,
  onSignedLeave,
  prune,
} from './peer-steps.js';

export const stale = peerSetup.createStateConfig({
  initial: 'probing',
  entry: ['beginStale', 'seek'],
  on: {
    FRAME: [
      {
        guard: 'currentOfUpstream',
        target: '#peer.active.verifying',
        actions: ['heard', 'freshTries', because('frame')],
      },
      { guard: 'isCurrent', target: '#peer.active', actions: ['probe', because('frame')] },
    ],
    PATH_ALIVE: [
      { guard: 'currentOfUpstream', actions: ['repairedByProbe', 'sawAlive', 'probe', 'ping'] },
      { guard: 'isCurrent', actions: ['repairedByProbe', 'probe', 'ping'] },
    ],
    // Unsigned words in the name of a peer that signs are not its own: they must not part the kept path.
    ANNOUNCED: [
      onAnnounceOfNewerBoot,
      { guard: 'credibleAnnounce', actions: ['reflectIfUseful', 'sawAlive'] },
      { actions: 'reflectIfUseful' },
    ],
    OFFER: [
      onOfferOfNewerBoot,
      { guard: 'restartOfUpstream', target: '.weighing', actions: ['holdOffer', 'sawAlive', because('their-restart')] },
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
    CLOSED: [onClosedAfterLeave, ...onSessionClosed],
    RESTART_REFUSED: { guard: 'isCurrent', target: '.rebuilding', actions: because('restart-refused') },
    RENEW: onRenew,
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
          { guard: 'mayRebuildUpstream', target: 'rebuilding', actions: because('probe-unanswered') },
          { guard: 'letsThemRestart', target: 'yielding', actions: because('path-dead') },
          { guard: 'mayRestart', target: 'restarting', actions: because('path-dead') },
          { target: 'holding' },
        ],
      },
    },
    /** An upstream peer offers a restart, and perhaps at once a new session: only its last offer may be answered. */
    weighing: {
      on: {
        OFFER: [
          onOfferOfNewerBoot,
          { guard: 'restartOfUpstream', actions: 'holdOffer' },
          { guard: 'mayReplaceCandidate', target: 'probing', actions: ['releaseOffer', 'freshTries', ...answerBeside] },
        ],
      },
      after: {
        ANSWER_HOLD: {
          target: 'probing',
          actions: [{ type: 'acceptRestart', params: heldKey }, 'releaseOffer', 'repairedByRestart', 'freshTries'],
        },
      },
    },
    /** The smaller id renews the path; whoever hears nothing does it all the same. */
    yielding: { after: { RESTART: { target: 'restarting', actions: because('no-restart-came') } } },
    /** In place: certificate, channel, order and queue survive. Only when the path is dead, for it drops the path. */
    restarting: {
      entry: ['countRestart', 'restart'],
      on: {
        OFFER: [onOfferOfNewerBoot, { guard: 'ourRestartWins' }],
        ANSWERED: { guard: 'isCurrent', actions: 'renew' },
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
      entry: [closeCandidate, 'newCandidate', 'openCandidateAsOfferer', 'awaitAnswer'],
      on: {
        OFFER: [onOfferOfNewerBoot, { guard: 'ourRebuildWins' }, { guard: 'restartOvertaken' }],
        ANSWERED: { guard: 'isCandidate', actions: 'answered' },
        ANNOUNCED: [
          onAnnounceOfNewerBoot,
          {
            guard: 'candidateStuck',
            target: 'rebuilding',
            reenter: true,
            actions: ['reflectIfUseful', because('announced')],
          },
        ],
      },
      always: { guard: 'noCandidate', target: 'holding' },
      after: {
        ANSWER_WAIT: {
          guard: 'offerUnanswered',
          target: 'rebuilding',
          reenter: true,
          actions: ['leave', 'countUnanswered', because('offer-unanswered')],
        },
      },
    },
    /** Nothing more to try: ask the old path now and then, for as long as the session is kept. */
    holding: {
      entry: 'probe',
      on: {
        PATH_ALIVE: {
          guard: 'currentOfUpstream',
          target: 'probing',
          actions: ['repairedByProbe', 'sawAlive', 'freshTries', because('path-alive')],
        },
        ANNOUNCED: [
          onAnnounceOfNewerBoot,
          {
            guard: 'credibleAnnounce',
            target: 'probing',
            actions: ['reflectIfUseful', 'sawAlive', 'freshTries', because('announced')],
          },
        ],
      },
      after: { HOLD: { target: 'holding', reenter: true } },
    },
  },
});
