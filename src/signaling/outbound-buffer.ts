/** Keeps negotiation that nobody is known to have heard, for the next relay that does. Stale negotiation helps nobody. */
const CAPACITY = 256;
const MAX_AGE_MS = 10_000;

export class OutboundBuffer<T> {
  readonly #nowMs: () => number;
  #entries: { item: T; atMs: number }[] = [];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  add(item: T): void {
    if (this.#entries.length >= CAPACITY) this.#entries.shift();
    this.#entries.push({ item, atMs: this.#nowMs() });
  }

  /** Empties the buffer; returns what is still fresh, in order. */
  drain(): T[] {
    const oldestMs = this.#nowMs() - MAX_AGE_MS;
    const entries = this.#entries;
    this.#entries = [];
    return entries.filter(({ atMs }) => atMs >= oldestMs).map(({ item }) => item);
  }
}
