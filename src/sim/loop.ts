/** Virtual time with promises: between two timers every promise that can settle has settled, as in a real process. */
import { VirtualClock } from './virtual-clock.js';

/** Now and then the real event loop gets a turn, so that a long run can be interrupted and print. */
const STEPS_PER_YIELD = 50_000;
/** A timer that re-arms itself with no delay would never let time move on. */
const MAX_STEPS_PER_INSTANT = 1_000_000;

export class Loop {
  readonly clock = new VirtualClock();
  #unsettled = false;
  #steps = 0;

  get nowMs(): number {
    return this.clock.now();
  }

  after(delayMs: number, callback: () => void): number {
    return this.clock.setTimeout(callback, delayMs);
  }

  cancel(timer: number): void {
    this.clock.clearTimeout(timer);
  }

  /** A promise was settled or made: its reactions run before the next timer. */
  unsettled(): void {
    this.#unsettled = true;
  }

  /** Runs everything that is due within the next `ms`; `afterStep` runs after each timer and its promises. */
  async advance(ms: number, afterStep: () => void = () => {}): Promise<void> {
    const endMs = this.nowMs + ms;
    let instantMs = -1;
    let atThisInstant = 0;
    await this.settle();
    while (this.clock.step(endMs)) {
      if (this.#unsettled) await this.settle();
      afterStep();
      if (this.nowMs !== instantMs) [instantMs, atThisInstant] = [this.nowMs, 0];
      if (++atThisInstant > MAX_STEPS_PER_INSTANT) throw new Error(`time does not move on at ${instantMs} ms`);
      if (++this.#steps % STEPS_PER_YIELD === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Next ticks run when no reaction is left. */
  async settle(): Promise<void> {
    do {
      this.#unsettled = false;
      await new Promise<void>((resolve) => process.nextTick(resolve));
    } while (this.#unsettled);
  }
}
