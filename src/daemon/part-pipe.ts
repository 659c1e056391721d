/** Parts of an answer on their way from a client to a caller: each is handed over, none is kept. */
interface Offered {
  part: unknown;
  taken(): void;
}

export class PartPipe implements AsyncIterableIterator<unknown> {
  readonly #offered: Offered[] = [];
  #ended: { error: string | null } | null = null;
  #wake = () => {};

  /** Resolves when the part has been taken, or nobody will take it. */
  put(part: unknown): Promise<void> {
    return new Promise((taken) => {
      this.#offered.push({ part, taken });
      this.#wake();
    });
  }

  end(error: string | null): void {
    this.#ended ??= { error };
    this.#wake();
  }

  async next(): Promise<IteratorResult<unknown>> {
    for (;;) {
      const offered = this.#offered.shift();
      if (offered) {
        offered.taken();
        return { value: offered.part, done: false };
      }
      if (this.#ended?.error) throw new Error(this.#ended.error);
      if (this.#ended) return { value: undefined, done: true };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async return(): Promise<IteratorResult<unknown>> {
    this.end(null);
    for (const { taken } of this.#offered.splice(0)) taken();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
