/** Requests about who is connected with whom: topology, dials and pins. What they set is saved. */
import type { Network } from '../mesh/api.js';
import type { EditNetwork, NetworkEntry } from './config-edit.js';
import type { RequestOf } from './control-requests.js';
import { requireDeviceId } from './ids.js';
import type { JoinedNetwork } from './network-view.js';
import { parseTopology } from './topology-words.js';

export interface ShapeContext {
  editNetwork: EditNetwork;
  /** Aborts after this time. */
  deadline(ms: number): AbortSignal;
}

export function shapeOps({ editNetwork, deadline }: ShapeContext, joined: (name: string) => JoinedNetwork) {
  return {
    topology_set: async ({ network: name, topology: word, hub }: RequestOf<'topology_set'>) => {
      const topology = parseTopology(word, hub ?? undefined);
      const { config, network } = joined(name);
      network.topology = topology;
      await editNetwork(config.id, (entry) => {
        entry.topology = topology;
      });
      return { topology: word };
    },

    /** `active` is told to those who wait or pin, as upstream does. */
    network_connect_peer: async ({ network: name, peer, pin, wait_ms }: RequestOf<'network_connect_peer'>) => {
      const { config, network } = joined(name);
      const id = requireDeviceId(peer);
      if (pin) network.pin(id);
      else network.dial(id);
      if (pin) await editNetwork(config.id, (entry) => pinIn(entry, id));
      const active = wait_ms > 0 ? await becomesActive(network, id, deadline(wait_ms)) : pin && isActive(network, id);
      if (wait_ms > 0 && !active) {
        throw new Error(`network: connect to ${peer} still pending after ${wait_ms}ms (the dial keeps going)`);
      }
      return { connecting: peer, network: name, pinned: pin, active };
    },

    network_reconnect: ({ network: name, peer }: RequestOf<'network_reconnect'>) => {
      joined(name).network.reconnect(peer == null ? undefined : requireDeviceId(peer));
      return { reconnecting: name };
    },

    network_unpin_peer: async ({ network: name, peer }: RequestOf<'network_unpin_peer'>) => {
      const { config, network } = joined(name);
      const id = requireDeviceId(peer);
      network.unpin(id);
      await editNetwork(config.id, (entry) => unpinIn(entry, id));
      return { unpinned: peer };
    },
  };
}

const isActive = (network: Network, id: string) => network.peer(id)?.state === 'active';

async function becomesActive(network: Network, id: string, signal: AbortSignal): Promise<boolean> {
  if (isActive(network, id)) return true;
  return await network.whenReady({ peer: id, signal }).then(
    () => true,
    () => false,
  );
}

function pinIn(entry: NetworkEntry, id: string): void {
  unpinIn(entry, id);
  entry.pinned_peers = [...pinnedIn(entry), id];
}

/** However it was spelled when it was pinned. */
function unpinIn(entry: NetworkEntry, id: string): void {
  entry.pinned_peers = pinnedIn(entry).filter((pinned) => typeof pinned !== 'string' || !pinned.startsWith(id));
}

function pinnedIn(entry: NetworkEntry): unknown[] {
  return Array.isArray(entry.pinned_peers) ? entry.pinned_peers : [];
}
