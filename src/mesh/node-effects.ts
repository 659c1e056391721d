/** The node machine with its effects bound to one network. */
import { type ActorRefFrom, createActor } from 'xstate';
import type { Pause } from '../../machines/clocks.js';
import { type AnnounceReason, type NodeEvent, nodeMachine } from '../../machines/node.js';
import { tunables } from '../../machines/tunables.js';
import type { Runtime } from '../runtime.js';
import { actorClock, guardedInspect, type Inspect, ioTurn } from './actors.js';

export interface NodeEffects {
  runtime: Runtime;
  /** In an order that does not change. */
  addresses(): string[];
  sweep(): void;
  wakePeers(): void;
  checkRelays(): void;
  renewLostPaths(): void;
  renewAllPaths(): void;
  announce(reason: AnnounceReason): void;
  announceOn(url: string): void;
  woke(pause: Pause): void;
  addressesChanged(addresses: string[]): void;
  failed(what: string, error: unknown): void;
}

interface Answerable {
  send(event: NodeEvent): void;
}

/** Started, as the root of a system of its own. */
export function startNode(effects: NodeEffects, id: string, inspect?: Inspect): ActorRefFrom<typeof nodeMachine> {
  const node = createActor(bindNodeMachine(effects), {
    clock: actorClock(effects.runtime),
    id,
    ...(inspect && { inspect: guardedInspect(inspect, (error) => effects.failed('inspect', error)) }),
  });
  node.subscribe({ error: (error) => effects.failed('node', error) });
  node.start();
  return node;
}

function bindNodeMachine(effects: NodeEffects): typeof nodeMachine {
  const { runtime } = effects;
  const guarded =
    <Args extends unknown[]>(what: string, effect: (...args: Args) => void) =>
    (...args: Args): void => {
      try {
        effect(...args);
      } catch (error) {
        effects.failed(what, error);
      }
    };
  return nodeMachine.provide({
    actors: { ioTurn: ioTurn(runtime) },
    delays: {
      STEADY_ANNOUNCE: () => {
        const { steadyAnnounceMs, announceJitter } = tunables;
        return steadyAnnounceMs * (1 + announceJitter * (2 * runtime.random() - 1));
      },
    },
    actions: {
      readClocks: ({ self }) => (self as Answerable).send({ type: 'CLOCKS', ...runtime.clocks() }),
      readAddresses: ({ self, context }) => {
        let addresses = context.addresses ?? [];
        guarded('addresses', () => {
          addresses = effects.addresses();
        })();
        (self as Answerable).send({ type: 'ADDRESSES', addresses });
      },
      sweep: guarded('sweep', () => effects.sweep()),
      wakePeers: guarded('wake', () => effects.wakePeers()),
      checkRelays: guarded('check relays', () => effects.checkRelays()),
      renewLostPaths: guarded('renew', () => effects.renewLostPaths()),
      renewAllPaths: guarded('renew', () => effects.renewAllPaths()),
      publishAnnounce: guarded('announce', (_, { reason }) => effects.announce(reason)),
      announceOn: guarded('announce', (_, { url }) => effects.announceOn(url)),
      reportWake: guarded('report', (_, pause) => effects.woke(pause)),
      reportAddresses: guarded('report', (_, { addresses }) => effects.addressesChanged(addresses)),
    },
  });
}
