/** The checks that one end of a link has sent and that may still be answered. */
import type { SimProcess } from './process.js';

const ANSWER_MS = 3_000;

export class LinkChecks {
  readonly #process: SimProcess;
  #last = 0;
  /** The oldest first. */
  readonly #asked = new Map<number, { answered: (from: string) => void; untilMs: number }>();

  constructor(process: SimProcess) {
    this.#process = process;
  }

  /** The id of the new check. */
  ask(answered: (from: string) => void): number {
    const id = ++this.#last;
    const nowMs = this.#process.monoMs();
    for (const [oldId, { untilMs }] of this.#asked) {
      if (untilMs > nowMs) break;
      this.#asked.delete(oldId);
    }
    this.#asked.set(id, { answered, untilMs: nowMs + ANSWER_MS });
    return id;
  }

  answered(id: number, from: string): void {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (asked && this.#process.monoMs() < asked.untilMs) asked.answered(from);
  }

  forget(): void {
    this.#asked.clear();
  }
}
