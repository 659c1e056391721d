/** Lets faults come and go in a world, as its seed wants it, and ends them all at a given time. */

import type { Fault } from './faults/fault.js';
import { FAULTS, type FaultKind } from './faults/index.js';
import type { Recoveries } from './recoveries.js';
import type { Rng } from './rng.js';
import type { World } from './world.js';

export interface ChaosOptions {
  kinds: readonly FaultKind[];
  count: number;
  untilMs: number;
}

const RETRY_MS = 1_000;

export class Chaos {
  readonly counts: Partial<Record<FaultKind, number>> = {};
  readonly #world: World;
  readonly #rng: Rng;
  readonly #recoveries: Recoveries;
  readonly #active: { kind: FaultKind; fault: Fault; endMs: number }[] = [];

  constructor(world: World, recoveries: Recoveries) {
    this.#world = world;
    this.#rng = world.rng.fork('faults');
    this.#recoveries = recoveries;
  }

  async run({ kinds, count, untilMs }: ChaosOptions): Promise<void> {
    const world = this.#world;
    const spanMs = untilMs - world.nowMs;
    const due = Array.from({ length: count }, () => ({
      atMs: world.nowMs + spanMs * this.#rng.between(0, 0.95),
      kind: this.#rng.pick(kinds),
    })).sort((a, b) => a.atMs - b.atMs);
    for (;;) {
      const nextEnd = this.#active.reduce((first, { endMs }) => Math.min(first, endMs), untilMs);
      const next = due[0];
      if (next && next.atMs < nextEnd) {
        due.shift();
        await world.advance(Math.max(0, next.atMs - world.nowMs));
        if (!(await this.#begin(next.kind, untilMs))) {
          next.atMs = world.nowMs + RETRY_MS;
          if (next.atMs < untilMs) due.unshift(next);
        }
        continue;
      }
      await world.advance(Math.max(0, nextEnd - world.nowMs));
      for (const each of this.#active.filter(({ endMs }) => endMs <= world.nowMs)) await this.#end(each);
      if (world.nowMs >= untilMs) break;
    }
    for (const each of [...this.#active]) await this.#end(each);
  }

  /** False when no device is free for it. */
  async #begin(kind: FaultKind, untilMs: number): Promise<boolean> {
    const world = this.#world;
    const taken = new Set(this.#active.flatMap(({ fault }) => fault.hit));
    const free = world.devices.filter((device) => !taken.has(device));
    if (free.length === 0) return false;
    const fault = FAULTS[kind]({
      world,
      rng: this.#rng.fork(`${kind} ${world.nowMs}`),
      free,
      maxMs: untilMs - world.nowMs,
    });
    await world.disturb();
    world.trace.add('+', `${kind}: ${fault.text}`);
    world.truth.began(fault.trouble);
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
    this.#active.push({ kind, fault, endMs: world.nowMs + fault.durationMs });
    await fault.begin();
    return true;
  }

  async #end(entry: { kind: FaultKind; fault: Fault; endMs: number }): Promise<void> {
    const { kind, fault } = entry;
    const world = this.#world;
    this.#active.splice(this.#active.indexOf(entry), 1);
    await world.disturb();
    await fault.end();
    world.trace.add('-', `${kind}: ${fault.text}`);
    world.truth.ended(fault.trouble);
    this.#recoveries.ended(fault.trouble);
  }
}
