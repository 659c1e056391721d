/** What one network wants of each device: its topology, what the user pinned, and whether it dials by itself. */
import type { Shaping } from '../../machines/peer-events.js';
import type { PeerState } from './api.js';
import { requireTopology } from './require.js';
import { edges, type Topology } from './topology.js';

interface ShapedPeer {
  readonly id: string;
  readonly state: PeerState;
  shape(shaping: Shaping): void;
}

export interface ShapeOptions {
  /** Our own device id. */
  me: string;
  topology: Topology;
  /** False: an announce never makes us dial, except that of a pinned device. */
  dialsByItself: boolean;
  peers(): ShapedPeer[];
  isRostered(deviceId: string): boolean;
}

export class Shape {
  readonly #options: ShapeOptions;
  readonly #pinned = new Set<string>();
  #topology: Topology;
  /** The devices that shape the ring, sorted. */
  #members: string[] = [];
  #isEdge: (deviceId: string) => boolean;

  constructor(options: ShapeOptions) {
    this.#options = options;
    this.#topology = options.topology;
    this.#isEdge = edges(this.#topology, options.me, []);
  }

  get topology(): Topology {
    return this.#topology;
  }

  /** Throws `MeshError` `bad-topology`. */
  set topology(topology: Topology) {
    requireTopology(topology);
    this.#topology = topology;
    this.#isEdge = edges(topology, this.#options.me, this.#members);
    this.#apply();
  }

  pin(deviceId: string): void {
    this.#pinned.add(deviceId);
    this.#apply();
  }

  unpin(deviceId: string): void {
    this.#pinned.delete(deviceId);
    this.#apply();
  }

  isPinned(deviceId: string): boolean {
    return this.#pinned.has(deviceId);
  }

  /** Pins outrank the topology. */
  of(deviceId: string): Shaping {
    if (this.#pinned.has(deviceId)) return { dials: true, keeps: true };
    const keeps = this.#isEdge(deviceId);
    return { dials: keeps && this.#options.dialsByItself, keeps };
  }

  /**
   * Looks at who is there. Once a sweep is often enough, and bounds what a crowd that comes and goes costs. Anybody can
   * announce devices that do not exist: only rostered ones shape the ring, and it closes around those that are stale.
   */
  regroup(): void {
    if (this.#topology.kind !== 'ring') return;
    const { peers, isRostered, me } = this.#options;
    const members = peers()
      .filter(({ id, state }) => state !== 'stale' && isRostered(id))
      .map(({ id }) => id)
      .sort();
    if (members.join() === this.#members.join()) return;
    this.#members = members;
    this.#isEdge = edges(this.#topology, me, members);
    this.#apply();
  }

  #apply(): void {
    for (const peer of this.#options.peers()) peer.shape(this.of(peer.id));
  }
}
