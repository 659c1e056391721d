/** How long pairs take to be active at both ends again, counted from the end of what parted them. */
import type { Device } from './device.js';
import type { Trouble } from './truth.js';
import type { World } from './world.js';

export const HISTOGRAM_MS = [250, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 150_000] as const;

export class Recoveries {
  /** Milliseconds, one for each pair and end of a fault. */
  readonly ms: number[] = [];
  readonly #world: World;
  readonly #waiting = new Map<string, { a: Device; b: Device; sinceMs: number }>();

  constructor(world: World) {
    this.#world = world;
    world.observe({ event: (_, event) => event.type === 'peer' && this.#look() });
  }

  ended(trouble: Trouble): void {
    for (const [a, b] of this.#world.wantedPairs()) {
      if (trouble.touches(a.index, b.index)) {
        this.#waiting.set(`${a.name} ${b.name}`, { a, b, sinceMs: this.#world.nowMs });
      }
    }
    this.#look();
  }

  #look(): void {
    for (const [key, { a, b, sinceMs }] of this.#waiting) {
      if (this.#world.truth.calmMs(a.index, b.index) === 0 && this.#world.nowMs > sinceMs) this.#waiting.delete(key);
      else if (this.#world.areActive(a, b)) {
        this.#waiting.delete(key);
        this.ms.push(this.#world.nowMs - sinceMs);
      }
    }
  }
}

/** How many of them fall below each bound and above the one before; the last count is for what took longer. */
export function histogram(ms: readonly number[]): number[] {
  const counts = Array.from({ length: HISTOGRAM_MS.length + 1 }, () => 0);
  for (const each of ms) {
    const index = HISTOGRAM_MS.findIndex((bound) => each <= bound);
    counts[index === -1 ? HISTOGRAM_MS.length : index]! += 1;
  }
  return counts;
}
