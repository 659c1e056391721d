/** The node actor of one network, and what it decides carried out. */
import type { ActorRefFrom } from 'xstate';
import type { AnnounceReason, nodeMachine } from '../../machines/node.js';
import type { Signaling } from '../signaling/signaling.js';
import type { Inspect } from './actors.js';
import type { NetworkCore } from './network-core.js';
import { type NodeEffects, startNode } from './node-effects.js';
import type { PeerHost } from './peer-host.js';

export interface NetworkNodeHost {
  peers(): PeerHost[];
  signaling(): Signaling;
  /** Addresses that a path can begin at. */
  addresses(): string[];
  /** One sweep has passed for everything but the peers. */
  swept(): void;
  announce(form: { reflection: boolean; relay?: string }, reason: AnnounceReason | 'relay-admitted'): void;
}

/** Started. */
export function createNode(
  core: NetworkCore,
  host: NetworkNodeHost,
  inspect?: Inspect,
): ActorRefFrom<typeof nodeMachine> {
  const { networkId: network, runtime } = core;
  const each = (use: (peer: PeerHost) => void) => () => host.peers().forEach(use);
  const effects: NodeEffects = {
    runtime,
    addresses: () => host.addresses().toSorted(),
    sweep: () => {
      for (const peer of host.peers()) peer.sweep();
      host.swept();
    },
    wakePeers: each((peer) => peer.send({ type: 'WAKE' })),
    renewLostPaths: each((peer) => peer.renewLostPath()),
    renewAllPaths: each((peer) => peer.send({ type: 'RENEW', reason: 'reconnect' })),
    checkRelays: () => host.signaling().checkRelays(),
    announce: (reason) => host.announce({ reflection: reason === 'reflection' }, reason),
    announceOn: (url) => host.announce({ reflection: false, relay: url }, 'relay-admitted'),
    woke: ({ ms, kind }) => core.tell({ type: 'woke', network, pausedMs: ms, kind }),
    addressesChanged: (addresses) => core.tell({ type: 'network-changed', network, addresses }),
    failed: (what, error) => core.failed(what, error),
  };
  return startNode(effects, `node:${network}`, inspect);
}
