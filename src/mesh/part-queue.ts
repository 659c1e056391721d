/** The parts of one streamed answer on their way to one reader. Nothing is lost: a queue that is full says so. */
const PARTS = 1_024;

interface Reader {
  resolve(result: IteratorResult<unknown>): void;
  reject(error: Error): void;
}

export class PartQueue implements AsyncIterableIterator<unknown> {
  readonly #onReturn: () => void;
  readonly #parts: unknown[] = [];
  #ended: { error: Error | null } | null = null;
  #waiting: Reader[] = [];

  /** `onReturn`: the reader has lost interest. */
  constructor(onReturn: () => void) {
    this.#onReturn = onReturn;
  }

  /** `false`: full, the part was not taken. */
  add(part: unknown): boolean {
    const waiting = this.#waiting.shift();
    if (waiting) waiting.resolve({ value: part, done: false });
    else if (this.#parts.length >= PARTS) return false;
    else this.#parts.push(part);
    return true;
  }

  /** No more parts; the reader gets what is there first. */
  end(error: Error | null): void {
    this.#ended ??= { error };
    for (const waiting of this.#waiting.splice(0)) this.#finish(waiting);
  }

  next(): Promise<IteratorResult<unknown>> {
    if (this.#parts.length > 0) return Promise.resolve({ value: this.#parts.shift(), done: false });
    return new Promise((resolve, reject) => {
      const waiting = { resolve, reject };
      if (this.#ended) this.#finish(waiting);
      else this.#waiting.push(waiting);
    });
  }

  return(): Promise<IteratorResult<unknown>> {
    this.#parts.length = 0;
    this.end(null);
    this.#onReturn();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The error is told once; whoever reads on finds the end. */
  #finish({ resolve, reject }: Reader): void {
    const error = this.#ended?.error ?? null;
    this.#ended = { error: null };
    if (error) reject(error);
    else resolve({ value: undefined, done: true });
  }
}
