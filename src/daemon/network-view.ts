/** Upstream's picture of a joined network. */
import type { Network } from '../mesh/api.js';
import type { NetworkConfig } from './config-schema.js';
import { statusOf } from './peer-view.js';

export interface JoinedNetwork {
  config: NetworkConfig;
  network: Network;
}

export type Phase = 'joining' | 'alone' | 'discovering' | 'active';

/** Upstream's rollup: any admitted peer, else any peer, else nobody; `joining` until a relay has admitted us. */
export function phaseOf(network: Network): Phase {
  const peers = network.peers();
  if (peers.some((peer) => statusOf(peer) === 'active')) return 'active';
  if (peers.some((peer) => peer.state !== 'gone')) return 'discovering';
  return network.relays().some((relay) => relay.state === 'admitted') ? 'alone' : 'joining';
}

export function networkView({ config, network }: JoinedNetwork): object {
  return {
    config_id: config.id,
    network_id: network.id,
    label: config.label,
    phase: phaseOf(network),
    topology: { kind: 'full_mesh' },
    traffic: NO_TRAFFIC,
    wakemesh: { relays: network.relays() },
  };
}

const NONE = { frames: 0, bytes: 0 };

/** Clients expect every counter; this version does not count. */
const NO_TRAFFIC = {
  ...Object.fromEntries(
    ['keepalive', 'control', 'gossip', 'app', 'other'].flatMap((kind) => [
      [`${kind}_rx`, NONE],
      [`${kind}_tx`, NONE],
    ]),
  ),
  relayed_forwarded: 0,
  announces_rx: 0,
  announces_tx: 0,
  negotiation_rx: 0,
  negotiation_tx: 0,
  reliable_pending: 0,
};
