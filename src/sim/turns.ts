/** Work on the descriptions of one link: one piece at a time, each after a moment. */
import type { SimProcess } from './process.js';

/** Gathering addresses and making keys takes a moment. */
const BUILD_MS = 2;

interface Turn {
  work: () => string;
  resolve: (sdp: string) => void;
  reject: (error: Error) => void;
}

export class Turns {
  readonly #process: SimProcess;
  readonly #unsettled: () => void;
  #turns: Turn[] = [];

  /** `unsettled`: something has begun or is about to be said. */
  constructor(process: SimProcess, unsettled: () => void) {
    this.#process = process;
    this.#unsettled = unsettled;
  }

  take(work: () => string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#turns.push({ work, resolve, reject });
      if (this.#turns.length === 1) this.#next();
    });
  }

  /** All that waits fails. */
  end(error: Error): void {
    for (const { reject } of this.#turns.splice(0)) reject(error);
  }

  #next(): void {
    this.#process.later(BUILD_MS, () => {
      const turn = this.#turns.shift();
      if (!turn) return;
      this.#unsettled();
      try {
        turn.resolve(turn.work());
      } catch (error) {
        turn.reject(error as Error);
      }
      if (this.#turns.length > 0) this.#next();
    });
  }
}
