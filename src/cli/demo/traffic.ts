/** Numbered messages both ways between the nodes under test, and when the first one sent after the thaw arrived. */
import type { DemoNode } from './node.js';

const INTERVAL_MS = 10;
/** Many pairs share two cores with all their daemons: above this rate the demo would measure its own load. */
const MAX_MESSAGES_PER_MS = 2;

export type Pair = readonly [DemoNode, DemoNode];

export interface Arrival {
  pair: Pair;
  /** Clock of the demo (performance.now) at the first message of each direction. */
  forwardMs: number;
  backwardMs: number;
}

export class Traffic {
  readonly #muted = new Set<DemoNode>();
  readonly #first = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #number = 0;
  #pairs: readonly Pair[] = [];
  #sinceMs = Number.POSITIVE_INFINITY;
  #onBothWays: (arrival: Arrival) => void = () => {};

  start(pairs: readonly Pair[]): void {
    this.#pairs = pairs;
    const intervalMs = Math.max(INTERVAL_MS, (2 * pairs.length) / MAX_MESSAGES_PER_MS);
    this.#timer = setInterval(() => this.#send(), intervalMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#sinceMs = Number.POSITIVE_INFINITY;
  }

  /** A stopped process is not written to: what waits in its socket would be sent after the thaw with an old stamp. */
  mute(node: DemoNode): void {
    this.#muted.add(node);
  }

  unmute(node: DemoNode): void {
    this.#muted.delete(node);
  }

  /** Resolves when a message sent from now on has arrived in both directions of every pair. */
  bothWays(onBothWays: (arrival: Arrival) => void = () => {}): Promise<void> {
    this.#first.clear();
    this.#sinceMs = performance.now();
    let open = this.#pairs.length;
    return new Promise((resolve) => {
      this.#onBothWays = (arrival) => {
        onBothWays(arrival);
        open -= 1;
        if (open === 0) resolve();
      };
    });
  }

  received(to: DemoNode, fromId: string, sentAtMs: number): void {
    const key = `${fromId}>${to.deviceId}`;
    if (sentAtMs < this.#sinceMs || this.#first.has(key)) return;
    this.#first.set(key, performance.now());
    for (const pair of this.#pairs) {
      const [a, b] = pair;
      const forwardMs = this.#first.get(`${a.deviceId}>${b.deviceId}`);
      const backwardMs = this.#first.get(`${b.deviceId}>${a.deviceId}`);
      const justCompleted = (to === a && fromId === b.deviceId) || (to === b && fromId === a.deviceId);
      if (justCompleted && forwardMs !== undefined && backwardMs !== undefined) {
        this.#onBothWays({ pair, forwardMs, backwardMs });
      }
    }
  }

  #send(): void {
    for (const [a, b] of this.#pairs) {
      this.#sendOne(a, b);
      this.#sendOne(b, a);
    }
  }

  #sendOne(from: DemoNode, to: DemoNode): void {
    if (this.#muted.has(from)) return;
    this.#number += 1;
    from.send(to.deviceId, { number: this.#number, sentAtMs: performance.now() });
  }
}
