/** What many runs add up to. */
import { FAULT_KINDS, type FaultKind } from './faults/index.js';
import { histogram } from './recoveries.js';
import type { RunResult } from './run.js';

export class Tally {
  runs = 0;
  simulatedMs = 0;
  /** Faults of each kind, and in how many runs there was one. */
  readonly faults: Record<FaultKind, { count: number; runs: number }>;
  /** Recoveries by how long they took, see `HISTOGRAM_MS`. */
  readonly recoveries: number[] = histogram([]);
  /** From the last fault until all were together again, the longest. */
  slowestMs = 0;
  readonly failedSeeds: number[] = [];

  constructor() {
    this.faults = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, { count: 0, runs: 0 }])) as Tally['faults'];
  }

  add(result: RunResult): void {
    this.runs += 1;
    this.simulatedMs += result.simulatedMs;
    for (const kind of FAULT_KINDS) {
      const count = result.faults[kind] ?? 0;
      this.faults[kind].count += count;
      if (count > 0) this.faults[kind].runs += 1;
    }
    histogram(result.recoveriesMs).forEach((count, index) => {
      this.recoveries[index]! += count;
    });
    this.slowestMs = Math.max(this.slowestMs, result.convergedMs ?? 0);
    if (!result.ok) this.failedSeeds.push(result.seed);
  }
}
