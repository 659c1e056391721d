/**
 * Which pairs of devices a network wants connected. Pure: the same ids give the same answer on every device, and to
 * both ends of a pair, so nobody has to ask anybody. The rules and their order are upstream's.
 */
import { createHash } from 'node:crypto';
import { barePeerId, isDeviceId } from '../identity/keys.js';

/** As in upstream's configuration and governance. */
export type Topology =
  | { kind: 'full_mesh' }
  /** Each device chooses both neighbours in the order of ids, then the next nearest, `n_preferred` (3) in all. */
  | { kind: 'ring'; n_preferred?: number | null | undefined }
  | { kind: 'star'; hub: string }
  /** Hubs are all connected; any other device is with the `spoke_redundancy` (2) hubs that a hash gives it. */
  | { kind: 'hubs'; hubs: string[]; spoke_redundancy?: number | null | undefined };

type Hubs = Extract<Topology, { kind: 'hubs' }>;

/** A hub that is none would leave everybody alone: says which one is wrong. */
export function topologyProblem(topology: Topology): string | undefined {
  const hubs = topology.kind === 'star' ? [topology.hub] : topology.kind === 'hubs' ? topology.hubs : null;
  if (hubs?.length === 0) return 'hubs needs at least one hub';
  const wrong = hubs?.find((hub) => !isDeviceId(barePeerId(hub)));
  return wrong === undefined ? undefined : `hub "${wrong}" is not a device id (52 letters a-z and 2-7)`;
}

const RING_PREFERRED = 3;
const SPOKE_REDUNDANCY = 2;

/**
 * Does the network want `me` and `peer` connected? `known` are the devices that shape a ring, with or without the two;
 * the other topologies do not look at it.
 */
export function edges(topology: Topology, me: string, known: Iterable<string>): (peer: string) => boolean {
  switch (topology.kind) {
    case 'full_mesh':
      return () => true;
    case 'star': {
      const hub = barePeerId(topology.hub);
      return (peer) => me === hub || peer === hub;
    }
    case 'hubs':
      return hubEdges(topology, me);
    case 'ring':
      return ringEdges(topology, me, known);
  }
}

function hubEdges(topology: Hubs, me: string) {
  const hubs = new Set(topology.hubs.map(barePeerId));
  if (hubs.has(me)) return (peer: string) => hubs.has(peer) || hubsOfSpoke(topology, peer).has(me);
  const mine = hubsOfSpoke(topology, me);
  return (peer: string) => mine.has(peer);
}

export function hubsOfSpoke({ hubs, spoke_redundancy }: Hubs, spoke: string): Set<string> {
  return new Set(hubsOf(spoke, [...new Set(hubs.map(barePeerId))], spoke_redundancy ?? SPOKE_REDUNDANCY));
}

/** The hubs of a device that is none: those with the highest scores. */
export function hubsOf(spoke: string, hubs: string[], redundancy: number): string[] {
  return hubs
    .map((hub) => ({ hub, score: hubScore(spoke, hub) }))
    .sort((a, b) => (a.score === b.score ? (a.hub < b.hub ? -1 : 1) : a.score > b.score ? -1 : 1))
    .slice(0, Math.max(1, redundancy))
    .map(({ hub }) => hub);
}

export function hubScore(spoke: string, hub: string): bigint {
  return createHash('sha256').update(`${spoke}:${hub}`).digest().readBigUInt64LE(0);
}

/** A link stands when either end chooses the other. */
function ringEdges({ n_preferred }: Extract<Topology, { kind: 'ring' }>, me: string, known: Iterable<string>) {
  const preferred = n_preferred ?? RING_PREFERRED;
  const ring = ringOf([me, ...known]);
  const mine = ringNeighbours(ring, me, preferred);
  return (peer: string) => {
    if (ring.at.has(peer)) return mine.has(peer) || ringNeighbours(ring, peer, preferred).has(me);
    const wider = ringOf([peer, ...ring.ids]);
    return ringNeighbours(wider, me, preferred).has(peer) || ringNeighbours(wider, peer, preferred).has(me);
  };
}

interface Ring {
  ids: string[];
  at: Map<string, number>;
}

export function ringOf(members: string[]): Ring {
  const ids = [...new Set(members)].sort(); // by code unit, which for ids is upstream's order of bytes
  return { ids, at: new Map(ids.map((id, index) => [id, index])) };
}

/** Those that one device of the ring chooses: outwards from it, clockwise first. */
export function ringNeighbours({ ids, at }: Ring, id: string, preferred: number): Set<string> {
  const count = Math.min(Math.max(2, preferred), ids.length - 1);
  const start = at.get(id) ?? 0;
  const chosen = new Set<string>();
  for (let distance = 1; chosen.size < count; distance += 1) {
    for (const step of [distance, -distance]) {
      const neighbour = ids[(start + step + ids.length) % ids.length];
      if (neighbour !== undefined && chosen.size < count) chosen.add(neighbour);
    }
  }
  return chosen;
}
