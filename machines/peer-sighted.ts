/** Nothing is open yet: a peer that was seen, is dialled, or has dialled us. */
import { peerSetup } from './peer-setup.js';
import { answerAfresh, because, clear, dial } from './peer-steps.js';

export const sighted = peerSetup.createStateConfig({
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
      entry: ['freshAge', 'newEpoch', 'openAsOfferer', 'awaitAnswer'],
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
        ANSWERED: { guard: 'isCurrent', actions: 'answered' },
        OPENED: { guard: 'isCurrent', target: '#peer.handshaking', actions: because('channel-open') },
        CLOSED: { guard: 'isCurrent', target: 'failed', actions: because('not-connected') },
      },
      always: { guard: 'openExpired', target: 'failed', actions: because('channel-never-opened') },
      // Upstream answers nobody while it waits for an answer of ours, for instance of the process that we were before.
      after: {
        ANSWER_WAIT: {
          guard: 'offerUnanswered',
          target: 'offering',
          reenter: true,
          actions: ['leave', 'countUnanswered', ...clear, because('offer-unanswered')],
        },
      },
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
