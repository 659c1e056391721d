/** Two clocks, one pure sampler: was this process, or the whole machine, away since the last look? */
export interface ClockSample {
  /** Monotonic: runs on while the process is frozen, stands still while the machine is suspended. */
  monoMs: number;
  wallMs: number;
  /** Since boot, including suspend. */
  bootMs: number;
}

export interface Pause {
  ms: number;
  kind: 'frozen' | 'suspended';
}

/**
 * `dueMs` is how long after `before` this look was due. A frozen process is late on the monotonic clock. A suspended
 * machine is not, but its boot or wall clock has run ahead of it. A wall clock stepped forward looks the same and may
 * count as a pause, which tears nothing down; one stepped backward is none.
 */
export function pauseBetween(before: ClockSample, now: ClockSample, dueMs: number): Pause {
  const awakeMs = now.monoMs - before.monoMs;
  const lateMs = Math.max(0, awakeMs - dueMs);
  const asleepMs = Math.max(0, now.bootMs - before.bootMs - awakeMs, now.wallMs - before.wallMs - awakeMs);
  return asleepMs > lateMs ? { ms: asleepMs, kind: 'suspended' } : { ms: lateMs, kind: 'frozen' };
}
