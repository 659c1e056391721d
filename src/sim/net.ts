/** What carries datagrams and streams between hosts: delay, loss, cuts, and the addresses that hosts have. */
import type { Loop } from './loop.js';
import type { SimProcess } from './process.js';
import type { Rng } from './rng.js';

/** One way between two hosts. Probabilities in 0..1. */
export interface Conditions {
  latencyMs: number;
  jitterMs: number;
  loss: number;
  /** A datagram arrives twice. */
  duplication: number;
  /** A datagram is held up for as long as a few others take. */
  reordering: number;
  cut: boolean;
}

/** Something that is wrong with the net for a while. Adds to whatever else is wrong. */
export interface Disturbance {
  affects(from: Host, to: Host): boolean;
  worsen(conditions: Conditions): void;
}

export interface Host {
  readonly name: string;
  /** Grows when the host gets another address: sockets bound to the old one are dead in both directions. */
  address: number;
  /** Grows as well when only its NAT forgets it: what is sent to the old mapping is lost. */
  mapping: number;
}

const REORDERED_MS = 60;
/** TCP sends again what was lost. */
const STREAM_REPEAT_MS = 220;

export class Net {
  readonly #loop: Loop;
  readonly #rng: Rng;
  readonly #base: Conditions;
  readonly #disturbances = new Set<Disturbance>();
  readonly #streams = new Set<Stream>();

  constructor(loop: Loop, rng: Rng, base: Partial<Conditions>) {
    this.#loop = loop;
    this.#rng = rng;
    this.#base = { latencyMs: 5, jitterMs: 2, loss: 0, duplication: 0, reordering: 0, cut: false, ...base };
  }

  disturb(disturbance: Disturbance): void {
    this.#disturbances.add(disturbance);
  }

  restore(disturbance: Disturbance): void {
    this.#disturbances.delete(disturbance);
    for (const stream of this.#streams) stream.flush();
  }

  isDisturbed(a: Host, b: Host): boolean {
    for (const { affects } of this.#disturbances) if (affects(a, b) || affects(b, a)) return true;
    return false;
  }

  conditions(from: Host, to: Host): Conditions {
    let conditions = this.#base;
    for (const { affects, worsen } of this.#disturbances) {
      if (!affects(from, to)) continue;
      if (conditions === this.#base) conditions = { ...this.#base };
      worsen(conditions);
    }
    return conditions;
  }

  /** A datagram: it arrives once, twice, late, or not at all. */
  send(from: Host, to: Host, arrive: () => void): void {
    const { cut, loss, duplication, reordering, latencyMs, jitterMs } = this.conditions(from, to);
    if (cut || (loss > 0 && this.#rng.chance(loss))) return;
    const delayMs = () =>
      latencyMs + jitterMs * this.#rng.next() + (reordering > 0 && this.#rng.chance(reordering) ? REORDERED_MS : 0);
    this.#loop.after(delayMs(), arrive);
    if (duplication > 0 && this.#rng.chance(duplication)) this.#loop.after(delayMs(), arrive);
  }

  openStream(from: Host, to: Host): Stream {
    const stream: Stream = new Stream(
      this.#loop,
      () => this.#streamDelayMs(from, to),
      () => this.#streams.delete(stream),
    );
    this.#streams.add(stream);
    return stream;
  }

  /** Null: nothing gets through now. */
  #streamDelayMs(from: Host, to: Host): number | null {
    const { cut, loss, latencyMs, jitterMs } = this.conditions(from, to);
    if (cut) return null;
    const repeats = loss > 0 && this.#rng.chance(loss) ? STREAM_REPEAT_MS : 0;
    return latencyMs + jitterMs * this.#rng.next() + repeats;
  }
}

/** One direction of a TCP connection: in order, nothing lost, and held up while the way is cut. */
export class Stream {
  readonly #loop: Loop;
  readonly #delayMs: () => number | null;
  readonly #ended: () => void;
  #stalled: (() => void)[] = [];
  #lastMs = 0;
  #open = true;

  constructor(loop: Loop, delayMs: () => number | null, ended: () => void) {
    this.#loop = loop;
    this.#delayMs = delayMs;
    this.#ended = ended;
  }

  /** Messages that wait because nothing gets through. */
  get backlog(): number {
    return this.#stalled.length;
  }

  send(arrive: () => void): void {
    if (!this.#open) return;
    const delayMs = this.#stalled.length > 0 ? null : this.#delayMs();
    if (delayMs === null) {
      this.#stalled.push(arrive);
      return;
    }
    this.#lastMs = Math.max(this.#lastMs, this.#loop.nowMs + delayMs);
    this.#loop.after(this.#lastMs - this.#loop.nowMs, () => {
      if (this.#open) arrive();
    });
  }

  flush(): void {
    for (const arrive of this.#stalled.splice(0)) this.send(arrive);
  }

  /** What is under way is lost. */
  end(): void {
    this.#open = false;
    this.#stalled = [];
    this.#ended();
  }
}

/** A host that runs a process. */
export interface ProcessHost extends Host {
  readonly process: SimProcess;
}
