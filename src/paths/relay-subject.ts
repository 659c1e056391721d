/** Paths through the relay machine: what may happen, what tells situations apart, and how they are told. */
import type { RelayContext, RelayEvent } from '../../machines/relay-events.js';
import { type Subject, timeWords, type Word, word } from './subject.js';

/** A number that no path of the walk comes to. */
const CLOSED_SOCKET = 1_000_000;
const FACTS = ['OPENED', 'SUBSCRIBED', 'REFUSED', 'ANNOUNCED', 'PONG', 'LOST'] as const;

const factsOf = (socket: number, whose: string): Word[] =>
  FACTS.map((type) => word(type + whose, { type, socket, reason: 'test' } as RelayEvent));

export const relaySubject: Subject<RelayContext> = {
  starts: [{ words: '', input: { url: 'ws://relay' } }],

  words(view) {
    const { socket, spare, retiring } = view.context;
    return [
      ...(socket > 0 ? factsOf(socket, '') : []),
      ...(spare > 0 ? factsOf(spare, ' of the spare socket') : []),
      ...(retiring > 0 ? factsOf(retiring, ' of the old socket') : []),
      ...factsOf(CLOSED_SOCKET, ' of a socket long closed'),
      word('CHECK', { type: 'CHECK' }),
      word('CLOSE', { type: 'CLOSE' }),
      ...timeWords(view),
    ];
  },

  key: ({ state, context: { attempt, split } }) => [state, attempt, split].join('|'),

  effect(name, params, context) {
    const { socket, spare, retiring } = context as unknown as RelayContext;
    if (name === 'dial' || name === 'subscribe') return `${name} ${spare || socket}`;
    if (name === 'ping' || name === 'admit') return `${name} ${socket}`;
    if (name === 'report') return `report ${params.phase}`;
    return `keep sockets ${[socket, spare, retiring].filter((each) => each > 0).join(' ') || 'none'}`;
  },

  traits({ context: { attempt, split } }) {
    const traits: string[] = [];
    if (attempt > 0) traits.push(`${attempt} failed ${attempt === 1 ? 'attempt' : 'attempts'}`);
    if (split) traits.push('subscription in two parts');
    return traits;
  },
};
