/** The words that the table of the relay chart is written in. */
import { createActor } from 'xstate';
import { relayMachine } from '../../../machines/relay.js';
import type { RelayEvent } from '../../../machines/relay-events.js';
import { relayTunables as t } from '../../../machines/tunables.js';
import { VirtualClock } from '../../../src/sim/virtual-clock.js';
import type { Row, Subject } from './row.js';

export { t };

/** An event, or a wait in milliseconds. */
export type RelayStep = RelayEvent | number;
export type RelayRow = Row<RelayStep>;

export function relaySubject(chart = relayMachine): Subject<RelayStep> {
  const clock = new VirtualClock();
  const done: string[] = [];
  const machine = chart.provide({
    actions: {
      dial: ({ context }) => void done.push(`dial ${context.spare || context.socket}`),
      subscribe: ({ context }) => void done.push(context.split ? 'subscribe split' : 'subscribe'),
      ping: ({ context }) => void done.push(`ping ${context.socket}`),
      closeStraySockets: ({ context: { socket, spare, retiring } }) =>
        void done.push(`keep ${[socket, spare, retiring].filter((each) => each !== 0).join() || 'none'}`),
      admit: ({ context }) => void done.push(`admit ${context.socket}`),
      report: (_, { phase }) => void done.push(`report ${phase}`),
    },
  });
  const actor = createActor(machine, { clock, input: { url: 'ws://relay' } });
  actor.start();
  return {
    state: () => stateName(actor.getSnapshot().value) + (actor.getSnapshot().status === 'done' ? ', ended' : ''),
    context: () => actor.getSnapshot().context,
    done: () => done.splice(0),
    take: (step) => {
      if (typeof step === 'number') clock.advance(step);
      else actor.send(step);
    },
    stop: () => actor.stop(),
  };
}

const stateName = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : Object.entries(value as object).map(([name, inner]) => `${name}.${stateName(inner)}`)[0]!;

export const opened = (socket: number): RelayEvent => ({ type: 'OPENED', socket });
export const subscribed = (socket: number): RelayEvent => ({ type: 'SUBSCRIBED', socket });
export const refused = (socket: number, reason = 'no such tag'): RelayEvent => ({ type: 'REFUSED', socket, reason });
export const confirmed = (socket: number): RelayEvent => ({ type: 'ANNOUNCED', socket });
export const pong = (socket: number): RelayEvent => ({ type: 'PONG', socket });
export const lost = (socket: number, reason = 'reset'): RelayEvent => ({ type: 'LOST', socket, reason });
export const CHECK: RelayEvent = { type: 'CHECK' };
export const CLOSE: RelayEvent = { type: 'CLOSE' };

/** Ways into a state; each after one failed dial, so that a failure counter does not stand at its beginning. */
export const DIALING: RelayStep[] = [lost(1), 2_000];
export const SUBSCRIBING: RelayStep[] = [...DIALING, opened(2)];
export const IDLE: RelayStep[] = [...SUBSCRIBING, subscribed(2)];
export const PINGING: RelayStep[] = [...IDLE, t.pingIntervalMs];
export const CHECKING: RelayStep[] = [...IDLE, CHECK];
/** A second socket is dialled beside the silent one. */
export const SPARE_DIALING: RelayStep[] = [...CHECKING, t.checkTimeoutMs];
export const SPARE_SUBSCRIBING: RelayStep[] = [...SPARE_DIALING, opened(3)];
export const SPARE_WAITING: RelayStep[] = [...SPARE_DIALING, lost(3)];
export const RETIRING: RelayStep[] = [...SPARE_SUBSCRIBING, subscribed(3)];
/** As many replacements failed as may. */
export const SPARE_LAST: RelayStep[] = [
  ...SPARE_DIALING,
  ...[3, 4, 5, 6, 7].flatMap((socket): RelayStep[] => [lost(socket), CHECK]),
];
