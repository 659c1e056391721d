/** Remembers the latest `capacity` keys, first in first out. A hit does not refresh its key, so memory and meaning stay simple. */
export class SeenRing {
  readonly #keys = new Set<string>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** False when the key was there already. */
  add(key: string): boolean {
    if (this.#keys.has(key)) return false;
    if (this.#keys.size >= this.#capacity) this.#keys.delete(this.#keys.values().next().value as string);
    this.#keys.add(key);
    return true;
  }
}
