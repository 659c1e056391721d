/**
 * Where peers stand on the map. Few stand on one ring, each always in the same place. Many stand in bands around us, one
 * band for each state: whoever falls silent moves outwards, and comes back in.
 */
import type { PeerView } from '../../inspect/messages.js';
import type { PeerState } from '../store/state.js';

export interface Place {
  peer: PeerView;
  x: number;
  y: number;
}
export interface Band {
  state: PeerState;
  count: number;
  /** Distance of its outer edge from the middle. */
  radius: number;
}
/** How much there is room to say about each peer. */
export type Words = 'all' | 'few' | 'none';

export interface Places {
  words: Words;
  places: Place[];
  bands: Band[];
  /** Half the size of a peer's shape. */
  size: number;
}

/** Nearest first. */
const BAND_ORDER: PeerState[] = ['active', 'stale', 'handshaking', 'sighted'];
const LABEL_PX = 96;
const DOT_PX = 22;
const GAP_PX = 12;

export function placePeers(peers: PeerView[], width: number, height: number): Places {
  if (width === 0) return { words: 'none', places: [], bands: [], size: 0 }; // not measured yet
  const sorted = [...peers].sort((a, b) => (a.device < b.device ? -1 : 1));
  const ring = { x: Math.max(40, width / 2 - 62), y: Math.max(40, height / 2 - 56) };
  const around = Math.PI * (ring.x + ring.y);
  return sorted.length * LABEL_PX <= around || sorted.length <= 4
    ? onRing(sorted, ring, width < 560 ? 'few' : 'all')
    : inBands(sorted, width, height);
}

function onRing(peers: PeerView[], ring: { x: number; y: number }, words: Words): Places {
  const places = peers.map((peer, n) => {
    const angle =
      (2 * Math.PI * n) / peers.length - Math.PI / 2 + (peers.length % 2 === 0 ? Math.PI / peers.length : 0);
    return { peer, x: ring.x * Math.cos(angle), y: ring.y * Math.sin(angle) };
  });
  return { words, places, bands: [], size: 13 };
}

/** Everybody keeps a direction and changes only the distance, so that one peer's fall moves nobody else. */
function inBands(peers: PeerView[], width: number, height: number): Places {
  const allRings = Math.max(1, Math.round(Math.sqrt(peers.length / 6)));
  const countOf = (state: PeerState) => peers.filter((peer) => peer.state === state).length;
  const firstRing = new Map<PeerState, number>();
  const bands: Band[] = [];
  const rings = new Map<PeerState, number>();
  // The innermost ring has room for its share of all peers.
  let radius = Math.max(52, (Math.ceil(peers.length / allRings) * DOT_PX) / (2 * Math.PI));
  for (const state of BAND_ORDER) {
    const count = countOf(state);
    const own = state === 'active' || count > peers.length / 2 ? allRings : count > 12 ? 2 : 1;
    firstRing.set(state, radius);
    rings.set(state, own);
    radius += own * DOT_PX;
    bands.push({ state, count, radius: radius - DOT_PX / 2 });
    radius += GAP_PX;
  }
  const fit = Math.min(2, (Math.min(width, height) / 2 - 8) / (radius - GAP_PX));
  const places = peers.map((peer, n) => {
    const distance = (firstRing.get(peer.state) ?? radius) + (n % (rings.get(peer.state) ?? 1)) * DOT_PX;
    const angle = (2 * Math.PI * n) / peers.length - Math.PI / 2;
    return { peer, x: fit * distance * Math.cos(angle), y: fit * distance * Math.sin(angle) };
  });
  return {
    words: 'none',
    places,
    bands: bands.filter(({ count }) => count > 0).map((band) => ({ ...band, radius: band.radius * fit })),
    size: Math.max(3, 7 * fit),
  };
}
