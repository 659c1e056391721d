/** Upstream's picture of a joined network. */
import type { Network } from '../mesh/api.js';
import type { RelayStatus } from '../signaling/signaling.js';
import type { NetworkConfig } from './config-schema.js';
import { statusOf } from './peer-view.js';

export interface JoinedNetwork {
  config: NetworkConfig;
  network: Network;
}

export type Phase = 'joining' | 'alone' | 'discovering' | 'active';

/** Upstream's rollup of the peers' status words; `joining` until a relay has admitted us. */
export function phaseOf(statuses: Iterable<string>, relays: RelayStatus[]): Phase {
  const seen = new Set(statuses);
  if (seen.has('active') || seen.has('shelved')) return 'active';
  if (seen.size > 0) return 'discovering';
  return relays.some(({ state }) => state === 'admitted') ? 'alone' : 'joining';
}

export function networkView({ config, network }: JoinedNetwork): object {
  return {
    config_id: config.id,
    network_id: network.id,
    label: config.label,
    phase: phaseOf(network.peers().map(statusOf), network.relays()),
    topology: network.topology,
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
