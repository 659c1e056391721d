/** The words that the table of the node chart is written in. */
import { createActor, fromPromise } from 'xstate';
import { type AnnounceReason, type NodeEvent, nodeMachine } from '../../../machines/node.js';
import { tunables as t } from '../../../machines/tunables.js';
import { VirtualClock } from '../../../src/sim/virtual-clock.js';
import type { Row, Subject } from './row.js';

export { t };

/** An event, a wait in milliseconds, or the I/O turn that a judgement waits for. */
export type NodeStep = NodeEvent | number | 'turn';
export type NodeRow = Row<NodeStep>;

/** Its clocks and addresses are not read; its clocks stand still between the steps of a row: a row says what they read. */
export function nodeSubject(chart = nodeMachine): Subject<NodeStep> {
  const clock = new VirtualClock();
  const done: string[] = [];
  const machine = chart.provide({
    actors: { ioTurn: fromPromise<void>(async () => {}) },
    actions: {
      readClocks: () => void done.push('read clocks'),
      sweep: () => void done.push('sweep'),
      readAddresses: () => void done.push('read addresses'),
      wakePeers: () => void done.push('wake peers'),
      renewLostPaths: () => void done.push('renew lost paths'),
      renewAllPaths: () => void done.push('renew all paths'),
      checkRelays: () => void done.push('check relays'),
      publishAnnounce: (_, { reason }) => void done.push(`announce ${reason}`),
      announceOn: (_, { url }) => void done.push(`announce on ${url}`),
      reportWake: (_, { ms, kind }) => void done.push(`woke ${kind} ${ms} ms`),
      reportAddresses: (_, { addresses }) => void done.push(`addresses [${addresses}]`),
    },
  });
  const actor = createActor(machine, { clock });
  actor.start();
  return {
    state: () => words(actor.getSnapshot().value as Record<string, string>),
    context: () => actor.getSnapshot().context,
    done: () => done.splice(0),
    take: (step) => {
      if (step === 'turn') return turn();
      if (typeof step === 'number') clock.advance(step);
      else actor.send(step);
    },
    stop: () => actor.stop(),
  };
}

/** Attention, aftercare, sweeping, cadence and announcing; then what the other two regions do while they do something. */
function words({ addressing, renewing, ...others }: Record<string, string>): string {
  return [...Object.values(others), addressing, renewing]
    .filter((word) => word !== 'looking' && word !== 'idle')
    .join(' ');
}

async function turn(): Promise<void> {
  for (let i = 0; i < 8; i += 1) await Promise.resolve();
}

/** What the clocks read after so long. */
export const clocks = (monoMs: number, wallMs = monoMs, bootMs = monoMs): NodeEvent => ({
  type: 'CLOCKS',
  monoMs,
  wallMs,
  bootMs,
});
export const ask = (reason: AnnounceReason, fresh = false): NodeEvent => ({ type: 'ANNOUNCE', reason, fresh });
export const SUSPEND: NodeEvent = { type: 'SUSPEND' };
export const RESUME: NodeEvent = { type: 'RESUME' };
export const NETWORK_CHANGED: NodeEvent = { type: 'NETWORK_CHANGED' };
export const RECONNECT: NodeEvent = { type: 'RECONNECT' };
export const WOKE: NodeEvent = { type: 'WOKE' };
export const ANSWERED: NodeEvent = { type: 'RELAY_ANSWERED' };
export const admitted = (url: string): NodeEvent => ({ type: 'RELAY_ADMITTED', url });
export const addresses = (...found: string[]): NodeEvent => ({ type: 'ADDRESSES', addresses: found });

/** The first look at the clocks is behind us. */
export const WATCHING: NodeStep[] = [clocks(0)];
/** The next look is due and has not been answered. */
export const SAMPLING: NodeStep[] = [...WATCHING, t.watchMs];
/** A pause of a minute was seen, the sockets have not been read. */
export const SETTLING: NodeStep[] = [...SAMPLING, clocks(t.watchMs + 60_000)];
export const SUSPENDED: NodeStep[] = [...WATCHING, SUSPEND];
/** Awake again, and cared for. */
export const CARED: NodeStep[] = [...WATCHING, WOKE];
