import type { Link, LinkFacts } from '../../../src/link/link.js';

/** One end of a link with everything it reported. */
export class Recorder {
  readonly link: Link;
  readonly texts: string[] = [];
  readonly sizes: number[] = [];
  readonly counts = { opened: 0, closed: 0, consentLost: 0, pathAlive: 0, candidate: 0, drained: 0 };
  /** Runs inside `opened`. */
  onOpened: () => void = () => {};
  onDrained: () => void = () => {};

  constructor(create: (facts: LinkFacts) => Link) {
    this.link = create({
      opened: () => {
        this.counts.opened += 1;
        this.onOpened();
      },
      closed: () => {
        this.counts.closed += 1;
      },
      message: (data) => {
        this.texts.push(Buffer.from(data).toString('utf8'));
        this.sizes.push(data.byteLength);
      },
      consentLost: () => {
        this.counts.consentLost += 1;
      },
      pathAlive: () => {
        this.counts.pathAlive += 1;
      },
      candidate: () => {
        this.counts.candidate += 1;
      },
      drained: () => {
        this.counts.drained += 1;
        this.onDrained();
      },
    });
  }
}
