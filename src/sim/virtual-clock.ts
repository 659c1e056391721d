import type { ActorOptions, AnyActorLogic } from 'xstate';

type Clock = NonNullable<ActorOptions<AnyActorLogic>['clock']>;

interface Timer {
  id: number;
  dueMs: number;
  callback: () => void;
}

/**
 * Deterministic clock for machines under test. Time moves only in `advance`, which visits every due instant in order;
 * timers due at one instant fire in the order in which they were armed.
 */
export class VirtualClock implements Clock {
  #nowMs: number;
  #lastId = 0;
  /** Sorted by due time, then by age: the next timer is the first. */
  readonly #timers: Timer[] = [];
  readonly #dueById = new Map<number, number>();

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  readonly now = (): number => this.#nowMs;

  /** Armed timers: 0 after a clean shutdown, which is what leak tests assert. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Instant of the next timer, in milliseconds of this clock. */
  nextDue(): number | undefined {
    return this.#timers[0]?.dueMs;
  }

  /** How far away the armed timers are, each length once, the nearest first. */
  dueInMs(): number[] {
    return [...new Set(this.#timers.map(({ dueMs }) => dueMs - this.#nowMs))];
  }

  readonly setTimeout = (callback: (...args: unknown[]) => void, delayMs: number): number => {
    const timer = { id: ++this.#lastId, dueMs: this.#nowMs + Math.max(0, delayMs || 0), callback };
    this.#timers.splice(this.#position(timer.dueMs, timer.id), 0, timer);
    this.#dueById.set(timer.id, timer.dueMs);
    return timer.id;
  };

  readonly clearTimeout = (id: number): void => {
    const dueMs = this.#dueById.get(id);
    if (dueMs === undefined) return;
    this.#dueById.delete(id);
    this.#timers.splice(this.#position(dueMs, id), 1);
  };

  /**
   * Moves time on by `ms` and returns how many timers fired; one armed on the way fires too when it falls in the window.
   * Throws after `maxFires`, since a timer that re-arms itself with no delay would never let time move on.
   */
  advance(ms: number, maxFires = 1_000_000): number {
    const endMs = this.#nowMs + ms;
    let fired = 0;
    while (this.step(endMs)) {
      if (++fired > maxFires) throw new Error(`more than ${maxFires} timers fired before ${endMs} ms`);
    }
    return fired;
  }

  /** Fires the next timer if it is due by `endMs`, and says whether it did; else time moves on to `endMs`. */
  step(endMs: number): boolean {
    const timer = this.#timers[0];
    if (!timer || timer.dueMs > endMs) {
      this.#nowMs = endMs;
      return false;
    }
    this.#timers.shift();
    this.#dueById.delete(timer.id);
    this.#nowMs = timer.dueMs;
    timer.callback();
    return true;
  }

  /**
   * A process that was stopped for `ms`: nothing fires on the way, then everything overdue fires late, once, in due
   * order. What that arms counts from the end of the freeze.
   */
  freeze(ms: number): number {
    this.#nowMs += ms;
    const overdue = this.#timers.filter(({ dueMs }) => dueMs <= this.#nowMs);
    let fired = 0;
    for (const timer of overdue) {
      if (!this.#dueById.has(timer.id)) continue; // one that fired before it has cleared it
      this.clearTimeout(timer.id);
      timer.callback();
      fired += 1;
    }
    return fired;
  }

  /** Where the timer stands, or belongs, in the sorted list. */
  #position(dueMs: number, id: number): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const timer = this.#timers[middle]!;
      if (timer.dueMs < dueMs || (timer.dueMs === dueMs && timer.id < id)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
