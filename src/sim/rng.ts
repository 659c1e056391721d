/** Seeded randomness: the same seed gives the same numbers on every machine and Node version. */
export class Rng {
  readonly #label: string;
  #a: number;
  #b: number;
  #c: number;
  #count = 1;

  constructor(label: string | number) {
    this.#label = String(label);
    [this.#a, this.#b, this.#c] = [1, 2, 3].map((salt) => hashOf(`${salt}:${this.#label}`)) as [number, number, number];
    for (let round = 0; round < 12; round += 1) this.next();
  }

  /** A stream of its own: what is drawn from it changes nothing in this one. */
  fork(label: string | number): Rng {
    return new Rng(`${this.#label}/${label}`);
  }

  /** Uniform in [0, 1) (sfc32). */
  next(): number {
    const mixed = (((this.#a + this.#b) | 0) + this.#count) | 0;
    this.#count = (this.#count + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + mixed) | 0;
    return (mixed >>> 0) / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Uniform in [from, to). */
  between(from: number, to: number): number {
    return from + (to - from) * this.next();
  }

  /** A whole number below `bound`. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('nothing to pick from');
    return items[this.below(items.length)] as T;
  }

  /** `count` different items in random order; all of them when there are no more. */
  sample<T>(items: readonly T[], count: number): T[] {
    const rest = [...items];
    return Array.from({ length: Math.min(count, rest.length) }, () => rest.splice(this.below(rest.length), 1)[0] as T);
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
