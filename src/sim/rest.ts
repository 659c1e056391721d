/**
 * What need not be carried out while nothing happens. Hundreds of worlds of which most pairs are idle most of the time
 * would cost minutes for looking at clocks that show nothing and for counting silence that is none.
 *
 * - A process that runs and asks nobody looks at its clocks every 1.95 s: later than asked, but not late enough for a
 *   pause. Right before it is stopped, or a clock is set, it looks once more.
 * - Between two undisturbed devices that are steady with each other, messages are taken to flow all the time: they are
 *   handed to the receiver right before it counts silence, so it counts none and pings nobody.
 * - A device all of whose pairs are so does not sweep at all. Its links ask nobody for consent, since all would give it.
 *
 * The last two end the moment anything is about to happen to anybody. `exact` worlds do without all three.
 */
import { tunables } from '../../machines/tunables.js';
import type { Rest } from './process.js';

const LAZY_WATCH_MS = 1_950;

export interface RestHost {
  /** Nothing is put off. */
  exact: boolean;
  /** Does it wait for somebody's answer? A probe may take as long as a look at the clocks. */
  isAsking(): boolean;
  /** Is every pair of this device undisturbed and steady at both ends? */
  isAtRest(): boolean;
  /** Messages of undisturbed pairs arrive. */
  hearTraffic(): void;
}

export class TrafficRest implements Rest {
  readonly #host: RestHost;
  #announced = false;

  constructor(host: RestHost) {
    this.#host = host;
  }

  /** An announce is followed by a pause as long as a sweep, which must come as asked. */
  announced(): void {
    this.#announced = true;
  }

  before(delayMs: number): void {
    if (delayMs === tunables.sweepMs && !this.#host.exact) this.#host.hearTraffic();
  }

  delay(delayMs: number): number | null {
    if (this.#host.exact) return delayMs;
    if (delayMs === tunables.watchMs) return this.#host.isAsking() ? delayMs : LAZY_WATCH_MS;
    if (delayMs !== tunables.sweepMs) return delayMs;
    if (this.#announced) {
      this.#announced = false;
      return delayMs;
    }
    return this.#host.isAtRest() ? null : delayMs;
  }
}
