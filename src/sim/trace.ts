/** What happened, in order: the same seed gives the same text, byte for byte. */
import { createHash } from 'node:crypto';

export class Trace {
  readonly #nowMs: () => number;
  readonly #lines: string[] = [];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** `who`: a device, a relay, or the world. */
  add(who: string, what: string): void {
    this.#lines.push(`${(this.#nowMs() / 1000).toFixed(3).padStart(9)}  ${who.padEnd(4)} ${what}`);
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  get digest(): string {
    return createHash('sha256').update(this.#lines.join('\n')).digest('hex');
  }
}
