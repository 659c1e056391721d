/** Subscribers and async readers of one kind of message. A slow reader loses the oldest, a throwing one is reported. */
const BEHIND = 256;

export class Listeners<T> {
  readonly #handlers = new Set<(message: T) => void>();
  readonly #readers = new Set<Reader<T>>();
  readonly #onError: (error: unknown) => void;
  #open = true;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  get empty(): boolean {
    return this.#handlers.size === 0 && this.#readers.size === 0;
  }

  /** Returns a function that ends the subscription. */
  add(handler: (message: T) => void): () => void {
    const own = (message: T) => handler(message); // the same function may subscribe twice
    this.#handlers.add(own);
    return () => this.#handlers.delete(own);
  }

  tell(message: T): void {
    for (const handler of [...this.#handlers]) {
      try {
        handler(message);
      } catch (error) {
        this.#onError(error);
      }
    }
    for (const reader of this.#readers) reader.push(message);
  }

  read(): AsyncIterableIterator<T> {
    const reader = new Reader<T>(() => this.#readers.delete(reader));
    if (this.#open) this.#readers.add(reader);
    else reader.end();
    return reader;
  }

  close(): void {
    this.#open = false;
    this.#handlers.clear();
    for (const reader of [...this.#readers]) reader.end();
  }
}

class Reader<T> implements AsyncIterableIterator<T> {
  readonly #onEnd: () => void;
  #messages: T[] = [];
  #waiting: ((result: IteratorResult<T>) => void)[] = [];
  #ended = false;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  push(message: T): void {
    const waiting = this.#waiting.shift();
    if (waiting) return waiting({ value: message, done: false });
    if (this.#messages.length >= BEHIND) this.#messages.shift();
    this.#messages.push(message);
  }

  end(): void {
    this.#ended = true;
    this.#onEnd();
    for (const waiting of this.#waiting.splice(0)) waiting({ value: undefined, done: true });
  }

  next(): Promise<IteratorResult<T>> {
    const message = this.#messages.shift();
    if (message !== undefined) return Promise.resolve({ value: message, done: false });
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<IteratorResult<T>> {
    this.#messages = [];
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
