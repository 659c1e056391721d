/** What an admitted peer says and nobody can read: a little of it costs nothing, since a newer peer may know more than we. */
const PER_SWEEP = 32;

export class Misreads {
  #count = 0;

  /** What to do about one more: tell of the first only, so that a flood does not fill a log. */
  add(): 'tell' | 'ignore' | 'too-many' {
    this.#count += 1;
    if (this.#count === 1) return 'tell';
    return this.#count === PER_SWEEP ? 'too-many' : 'ignore';
  }

  sweep(): void {
    this.#count = 0;
  }
}
