/** Paths through the node machine: what may happen, what tells situations apart, and how they are told. */
import type { NodeContext, NodeEvent } from '../../machines/node.js';
import { tunables as t } from '../../machines/tunables.js';
import { duration, type Subject, timeWords, type Word, word } from './subject.js';

const PAUSE_MS = 60_000;

const nodeWord = (type: string, event: NodeEvent): Word => word(type, event);

/** What the clocks may read at the next look, on time or after a pause of so long. */
export function readings({ clocks }: Pick<NodeContext, 'clocks'>, pauseMs: number): Word[] {
  if (clocks === null) return [nodeWord('CLOCKS the first time', { type: 'CLOCKS', monoMs: 0, wallMs: 0, bootMs: 0 })];
  const { monoMs, wallMs, bootMs } = clocks;
  const later = (ranMs: number, sleptMs: number): NodeEvent => ({
    type: 'CLOCKS',
    monoMs: monoMs + ranMs,
    wallMs: wallMs + ranMs + sleptMs,
    bootMs: bootMs + ranMs + sleptMs,
  });
  return [
    nodeWord('CLOCKS on time', later(t.watchMs, 0)),
    nodeWord(`CLOCKS after ${duration(pauseMs)} frozen`, later(t.watchMs + pauseMs, 0)),
    nodeWord(`CLOCKS after ${duration(pauseMs)} suspended`, later(t.watchMs, pauseMs)),
  ];
}

const EVENTS: Word[] = [
  nodeWord('ANNOUNCE to seek', { type: 'ANNOUNCE', reason: 'seek', fresh: false }),
  nodeWord('ANNOUNCE to reflect', { type: 'ANNOUNCE', reason: 'reflection', fresh: false }),
  nodeWord('ANNOUNCE for a newcomer', { type: 'ANNOUNCE', reason: 'reflection', fresh: true }),
  nodeWord('ADDRESSES: one', { type: 'ADDRESSES', addresses: ['10.0.0.1'] }),
  nodeWord('ADDRESSES: another', { type: 'ADDRESSES', addresses: ['10.0.0.2'] }),
  nodeWord('ADDRESSES: none', { type: 'ADDRESSES', addresses: [] }),
  nodeWord('RELAY_ADMITTED', { type: 'RELAY_ADMITTED', url: 'ws://relay' }),
  nodeWord('RELAY_ANSWERED', { type: 'RELAY_ANSWERED' }),
  nodeWord('SUSPEND', { type: 'SUSPEND' }),
  nodeWord('RESUME', { type: 'RESUME' }),
  nodeWord('NETWORK_CHANGED', { type: 'NETWORK_CHANGED' }),
  nodeWord('RECONNECT', { type: 'RECONNECT' }),
  word('an adopted actor ends', { type: 'xstate.done.actor.peer', output: undefined, actorId: 'peer' }),
  word('an adopted actor fails', { type: 'xstate.error.actor.peer', error: 'test', actorId: 'peer' }),
];

export const nodeSubject: Subject<NodeContext> = {
  starts: [{ words: '', input: undefined }],

  words: (view) => [...readings(view.context, PAUSE_MS), ...EVENTS, ...timeWords(view)],

  key: ({ state, context: { clocks, pause, cause, addresses, pending, freshLeft, wokeAgain } }) => {
    const told = [clocks, pause, addresses, pending].map((each) => each !== null);
    return [state, ...told, cause === 'network-changed', freshLeft > 0, wokeAgain].join('|');
  },

  effect: (name, params) => [name, ...Object.values(params)].join(' '),

  traits({ context: { pause, pending, wokeAgain } }) {
    const traits: string[] = [];
    if (pause !== null) traits.push('after a pause');
    if (pending !== null) traits.push(`an announce waits (${pending})`);
    if (wokeAgain) traits.push('woken again');
    return traits;
  },
};
