/**
 * Spreads costly work over I/O turns, so that a flood of events with valid signatures can neither block the process nor
 * fill its memory. What is addressed to us goes before presence; when a lane is full its oldest entry is dropped.
 */
import type { Runtime } from '../runtime.js';

/** A signature check takes about 0.4 ms: this many keep one turn well below what a live session notices. */
const ITEMS_PER_TURN = 4;
const LANE_CAPACITY = 256;

export class InboundQueue<T> {
  readonly #runtime: Pick<Runtime, 'afterIoTurn'>;
  readonly #handle: (item: T) => void;
  readonly #urgent: T[] = [];
  readonly #presence: T[] = [];
  #leftThisTurn = ITEMS_PER_TURN;
  #turnRequested = false;

  /** `handle` must not throw. */
  constructor(runtime: Pick<Runtime, 'afterIoTurn'>, handle: (item: T) => void) {
    this.#runtime = runtime;
    this.#handle = handle;
  }

  get length(): number {
    return this.#urgent.length + this.#presence.length;
  }

  push(item: T, urgent: boolean): void {
    const lane = urgent ? this.#urgent : this.#presence;
    if (lane.length >= LANE_CAPACITY) lane.shift();
    lane.push(item);
    this.#work();
  }

  clear(): void {
    this.#urgent.length = 0;
    this.#presence.length = 0;
  }

  #work(): void {
    while (this.#leftThisTurn > 0 && this.length > 0) {
      this.#leftThisTurn -= 1;
      this.#handle((this.#urgent.shift() ?? this.#presence.shift()) as T);
    }
    if (this.#leftThisTurn === ITEMS_PER_TURN || this.#turnRequested) return;
    this.#turnRequested = true;
    this.#runtime.afterIoTurn(() => {
      this.#turnRequested = false;
      this.#leftThisTurn = ITEMS_PER_TURN;
      this.#work();
    });
  }
}
