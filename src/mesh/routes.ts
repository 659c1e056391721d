/** By way of whom a shaped network reaches a device. Pure, like the topologies. */
import { barePeerId } from '../identity/keys.js';
import { hubsOfSpoke, type Topology } from './topology.js';

/** How often a message is handed on at most: enough for the widest way through the shape. */
export function maxHops({ kind }: Topology): number {
  return { full_mesh: 0, star: 3, hubs: 4, ring: 32 }[kind];
}

/** Who hands on what others say, and may therefore speak for them. */
export function isForwarder(topology: Topology, deviceId: string): boolean {
  switch (topology.kind) {
    case 'full_mesh':
      return false;
    case 'star':
      return barePeerId(topology.hub) === deviceId;
    case 'hubs':
      return topology.hubs.some((hub) => barePeerId(hub) === deviceId);
    case 'ring':
      return true;
  }
}

/**
 * Whom to hand a message for `target` to, the best first. `connected` does not hold the target itself. In a ring the one
 * nearest to the target: a neighbour always comes closer. Upstream's longest common prefix need not.
 */
export function nextHops(topology: Topology, target: string, connected: string[]): string[] {
  const forwarders = connected.filter((deviceId) => isForwarder(topology, deviceId));
  if (topology.kind === 'ring') {
    return forwarders.sort((a, b) => distance(a, target) - distance(b, target));
  }
  if (topology.kind !== 'hubs') return forwarders;
  const itsHubs = hubsOfSpoke(topology, target);
  const near = forwarders.filter((hub) => itsHubs.has(hub));
  return [...near, ...forwarders.filter((hub) => !itsHubs.has(hub))];
}

/** The letters of device ids in their order in the ring. */
const LETTERS = '234567abcdefghijklmnopqrstuvwxyz';
/** That many letters are exact in a double and tell devices apart. */
const PLACES = 10;
const RING = LETTERS.length ** PLACES;

function distance(a: string, b: string): number {
  const apart = Math.abs(place(a) - place(b));
  return Math.min(apart, RING - apart);
}

function place(deviceId: string): number {
  return [...deviceId.slice(0, PLACES)].reduce((sum, letter) => sum * LETTERS.length + LETTERS.indexOf(letter), 0);
}
