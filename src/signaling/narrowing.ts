/** Decides between the wide and the narrow subscription: wide while any peer does not tag its recipients, or none is known. */
const MAX_PEERS = 2_048;
/** Narrowing costs every relay a new subscription, and strangers can provoke it; widening is never delayed. */
const MIN_NARROWING_INTERVAL_MS = 10_000;

export class Narrowing {
  readonly #tags = new Map<string, boolean>();
  readonly #nowMs: () => number;
  #wide = true;
  #narrowedAtMs = Number.NEGATIVE_INFINITY;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get wide(): boolean {
    return this.#wide;
  }

  /** A peer announced itself. True when the form has changed. */
  announced(peer: string, tagsRecipients: boolean): boolean {
    if (!this.#tags.has(peer) && this.#tags.size >= MAX_PEERS) {
      this.#tags.delete(this.#tags.keys().next().value as string);
    }
    this.#tags.set(peer, tagsRecipients);
    return this.#update();
  }

  left(peer: string): boolean {
    this.#tags.delete(peer);
    return this.#update();
  }

  #update(): boolean {
    const wide = this.#tags.size === 0 || [...this.#tags.values()].includes(false);
    if (wide === this.#wide) return false;
    if (!wide) {
      const nowMs = this.#nowMs();
      if (nowMs - this.#narrowedAtMs < MIN_NARROWING_INTERVAL_MS) return false;
      this.#narrowedAtMs = nowMs;
    }
    this.#wide = wide;
    return true;
  }
}
