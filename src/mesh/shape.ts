/** What one network wants of each device: its topology, what the user pinned, and whether it dials by itself. */
import type { Shaping } from '../../machines/peer-events.js';
import { edges, type Topology } from './topology.js';

export interface ShapeOptions {
  /** Our own device id. */
  me: string;
  topology: Topology;
  /** False: an announce never makes us dial, except that of a pinned device. */
  dialsByItself: boolean;
}

export class Shape {
  readonly #options: ShapeOptions;
  readonly #pinned = new Set<string>();
  #topology: Topology;
  /** The devices that shape the ring, sorted. */
  #known: string[] = [];
  #isEdge: (peer: string) => boolean;

  constructor(options: ShapeOptions) {
    this.#options = options;
    this.#topology = options.topology;
    this.#isEdge = edges(this.#topology, options.me, this.#known);
  }

  get topology(): Topology {
    return this.#topology;
  }

  set topology(topology: Topology) {
    this.#topology = topology;
    this.#isEdge = edges(topology, this.#options.me, this.#known);
  }

  pin(peer: string): void {
    this.#pinned.add(peer);
  }

  unpin(peer: string): void {
    this.#pinned.delete(peer);
  }

  isPinned(peer: string): boolean {
    return this.#pinned.has(peer);
  }

  /** `true`: the ring has other members than before, and other edges. */
  regroup(members: () => string[]): boolean {
    if (this.#topology.kind !== 'ring') return false;
    const known = members().sort();
    if (known.length === this.#known.length && known.every((id, index) => id === this.#known[index])) return false;
    this.#known = known;
    this.#isEdge = edges(this.#topology, this.#options.me, known);
    return true;
  }

  /** Pins outrank the topology. */
  of(peer: string): Shaping {
    if (this.#pinned.has(peer)) return { dials: true, keeps: true };
    const keeps = this.#isEdge(peer);
    return { dials: keeps && this.#options.dialsByItself, keeps };
  }
}
