/** Paths through the peer machine: where they begin, what tells situations apart, and how they are told. */
import type { PeerContext } from '../../machines/peer-events.js';
import { tunables as t } from '../../machines/tunables.js';
import { peerWords } from './peer-words.js';
import { duration, type Subject } from './subject.js';

const shelvedBy = ({ shelvedByUs, shelvedByThem }: PeerContext): string =>
  shelvedByUs && shelvedByThem ? 'shelved by both' : shelvedByUs ? 'shelved by us' : 'shelved by the peer';

/** Who does not sign. Rostered, since a stranger is offered to once only. */
const UPSTREAM = { id: 'peer', offersFirst: false, known: true, lastEpoch: 0 };

export const peerSubject: Subject<PeerContext> = {
  starts: [
    { words: 'we offer first', input: { id: 'peer', offersFirst: true, lastEpoch: 0 } },
    { words: 'the peer offers first', input: { id: 'peer', offersFirst: false, lastEpoch: 0 } },
    { words: 'a rostered peer of upstream offers first', input: UPSTREAM },
  ],

  words: (view) => peerWords(view, view.context.known !== UPSTREAM.known),

  key({ state, context: c }) {
    const [top = '', inner] = state.split('.');
    // The first that holds stands for all: every guard is met, without the product of all of them.
    const trait = [
      inner === 'shelved' && c.silentTicks >= t.suspectTicks && 'shelved, suspect',
      inner === 'shelved' && `shelved ${c.shelvedByUs} ${c.shelvedByThem}`,
      !c.keeps && 'not wanted',
      !c.dials && 'not dialled',
      c.candidateOpen && 'open candidate',
      inner === 'rebuilding' && c.candidateAge >= t.stuckTicks && 'candidate stuck',
      inner === 'rebuilding' && c.awaitsAnswer && 'unanswered',
      c.candidate > 0 && 'candidate',
      c.leaveClaimed && 'leave claimed',
      c.heldOffer > 0 && 'offer held',
      top === 'handshaking' && c.pathLostTicks > 0 && 'path lost',
      top === 'handshaking' && c.age >= t.helloRetryTicks[0]! - 1 && 'hello due',
      top === 'handshaking' && (c.approvedByThem || c.admitted) && `approved ${c.approvedByThem} ${c.admitted}`,
      inner === 'judging' && c.silentTicks >= t.staleTicks && 'long silent',
      top === 'active' && c.evidence && 'evidence',
      top === 'active' && c.silentTicks >= t.suspectTicks && 'suspect',
      top === 'stale' && c.renewedTicks > 0 && 'renewed',
      inner === 'probing' && c.evidence && c.reason === 'woke' && 'woke',
      top === 'stale' && c.evidence && 'evidence',
      top === 'sighted' && c.wasActive && `was active, ${c.redials}`,
      top === 'sighted' && c.age >= t.reofferTicks && 'reoffer due',
      top === 'sighted' && c.boot > 0 && 'signs',
    ].find((each) => each !== false);
    const count = { verifying: c.tries, probing: c.tries, restarting: c.restarts }[inner ?? ''] ?? 0;
    return [state, trait, count].join('|');
  },

  effect(name, params, context) {
    const { epoch, candidate } = context as unknown as PeerContext;
    if (name === 'closeSession' && params.epoch === 0) return null;
    if (name === 'closeSession' || name === 'sendHello') return `${name} ${params.epoch}`;
    if (name === 'reflect') return params.fresh ? 'reflect fresh' : 'reflect';
    if (name === 'sendShelving') return params.shelved ? 'shelve' : 'unshelve';
    if (name === 'reportRecovered') return `reportRecovered ${params.via}`;
    if (name === 'seek') return name;
    return (
      [name, name.includes('Candidate') ? candidate : epoch].join(' ') + ('key' in params ? ` key ${params.key}` : '')
    );
  },

  traits({ state, context: c }) {
    const traits: string[] = [];
    if (!c.keeps) traits.push('not wanted');
    else if (!c.dials) traits.push('not dialled');
    if (c.shelvedByUs || c.shelvedByThem) traits.push(shelvedBy(c));
    if (c.silentTicks > 0 && !state.startsWith('sighted')) traits.push(`${duration(c.silentTicks * t.sweepMs)} silent`);
    if (c.candidate > 0) traits.push(c.candidateOpen ? 'an open candidate beside' : 'a candidate beside');
    if (c.leaveClaimed) traits.push('a leave claimed');
    if (c.heldOffer > 0) traits.push('an unsigned restart held');
    if (state.startsWith('sighted') && c.wasActive) traits.push(`was active, ${c.redials} redials`);
    if (c.awaitsAnswer) traits.push('our offer has no answer');
    if (c.evidence) traits.push('with a sign of life');
    if (state.startsWith('stale')) {
      if (c.renewedTicks > 0) traits.push('restart answered');
    }
    if (c.tries > 0) traits.push(`${c.tries + 1}. try`);
    return traits;
  },
};
