import type { Link, LinkFacts } from '../../../src/link/link.js';

/** One end of a link with everything it reported. */
export class Recorder {
  readonly link: Link;
  readonly texts: string[] = [];
  readonly sizes: number[] = [];
  readonly candidates: string[] = [];
  /** Servers of no use, and why. */
  readonly failures: [url: string, reason: string][] = [];
  readonly counts = { opened: 0, closed: 0, consentLost: 0, pathAlive: 0, candidate: 0, serverFailed: 0, drained: 0 };
  /** Names of all facts, in order. */
  readonly order: string[] = [];
  /** Runs inside `opened`. */
  onOpened: () => void = () => {};
  onDrained: () => void = () => {};

  constructor(create: (facts: LinkFacts) => Link) {
    this.link = create({
      opened: () => {
        this.#note('opened');
        this.onOpened();
      },
      closed: () => {
        this.#note('closed');
      },
      message: (data) => {
        this.order.push('message');
        this.texts.push(Buffer.from(data).toString('utf8'));
        this.sizes.push(data.byteLength);
      },
      consentLost: () => {
        this.#note('consentLost');
      },
      pathAlive: () => {
        this.#note('pathAlive');
      },
      candidate: (line) => {
        this.candidates.push(line);
        this.#note('candidate');
      },
      serverFailed: (url, reason) => {
        this.failures.push([url, reason]);
        this.#note('serverFailed');
      },
      drained: () => {
        this.#note('drained');
        this.onDrained();
      },
    });
  }

  #note(fact: keyof Recorder['counts']): void {
    this.counts[fact] += 1;
    this.order.push(fact);
  }
}
