/** What an embedder passes in, checked at the door: past it there is one spelling of each thing. */
import { barePeerId, isDeviceId } from '../identity/keys.js';
import { normalizeNetworkId } from '../signaling/room.js';
import { type JoinOptions, MeshError } from './api.js';
import { type Topology, topologyProblem } from './topology.js';

/** The bare id. Throws `MeshError` `bad-device-id`. */
export function requireDeviceId(text: string): string {
  const id = barePeerId(text);
  if (!isDeviceId(id)) throw new MeshError('bad-device-id', `"${text}" is not a device id (52 letters a-z and 2-7)`);
  return id;
}

/** Throws `MeshError` `bad-topology`. */
export function requireTopology(topology: Topology): void {
  const problem = topologyProblem(topology);
  if (problem !== undefined) throw new MeshError('bad-topology', `topology: ${problem}`);
}

/** Trimmed and lower-cased. Throws `MeshError` `bad-network-id`. */
export function requireNetworkId(text: string): string {
  const result = normalizeNetworkId(text);
  if (!result.ok) throw new MeshError('bad-network-id', `network id "${text}": ${result.problem}`);
  return result.networkId;
}

/** A network that nobody could ever reach is a mistake. Throws `MeshError` `no-relays` or `bad-relay-url`. */
export function requireRelays({ relays, fallbackRelays = [], lan, listenOnly }: JoinOptions): void {
  if (relays.length === 0 && (!lan || listenOnly)) {
    throw new MeshError('no-relays', 'relays: name at least one ws:// or wss:// address');
  }
  for (const relay of [...relays, ...fallbackRelays]) {
    const url = URL.canParse(relay) ? new URL(relay) : undefined;
    if (url?.protocol !== 'ws:' && url?.protocol !== 'wss:') {
      throw new MeshError('bad-relay-url', `relay "${relay}": use a ws:// or wss:// address`);
    }
  }
}
