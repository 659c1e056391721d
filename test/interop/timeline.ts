/** What happened in a cell, in one file and on one clock: steps of the row, what was signalled, what the daemons told. */
import { appendFileSync } from 'node:fs';

export class Timeline {
  #originMs = performance.now();

  /** `null`: nobody wants to read it. */
  constructor(readonly path: string | null) {}

  /** Times count from the last step. */
  step(what: string): void {
    this.#write('====', what);
    this.#originMs = performance.now();
  }

  note(who: string, what: string | object): void {
    this.#write(who, typeof what === 'string' ? what : JSON.stringify(what));
  }

  #write(who: string, what: string): void {
    if (this.path === null) return;
    const ms = (performance.now() - this.#originMs).toFixed(1);
    appendFileSync(this.path, `${ms.padStart(9)} ${who.padEnd(18)} ${what}\n`);
  }
}
