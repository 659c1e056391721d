/**
 * The one port for clock, timers, randomness and ids. Everything below the entry point takes a Runtime, so that the
 * simulator can replace time as a whole and no second clock can disagree with the machines' clock.
 */
import { randomBytes } from 'node:crypto';
import { uptime } from 'node:os';

export interface ClockReading {
  /** Monotonic milliseconds: stands still while the machine is suspended, runs on while the process is frozen. */
  monoMs: number;
  /** Wall clock, milliseconds since 1970: may be stepped in either direction. */
  wallMs: number;
  /** Milliseconds since boot *including* suspend (CLOCK_BOOTTIME on Linux): tells a suspend from a clock step. */
  bootMs: number;
}

export interface Runtime {
  /** All three clocks: a system call each, for the wake watch and for stamps that leave the process. */
  clocks(): ClockReading;
  /** The monotonic clock alone: cheap enough for every frame. */
  monoMs(): number;
  /** A delay above 2^31-1 ms is clamped; a throwing callback is reported, never fatal. Timers do not keep a process up. */
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(handle: unknown): void;
  /** Runs `callback` after one full I/O turn: what was waiting in sockets has been read by then. */
  afterIoTurn(callback: () => void): void;
  /** Uniform in [0, 1). */
  random(): number;
  randomBytes(length: number): Uint8Array;
}

const MAX_TIMEOUT_MS = 2 ** 31 - 1; // Node fires a longer delay at once

/** The real one. `onError` hears of a callback that threw. */
export function systemRuntime(onError: (error: unknown) => void = () => {}): Runtime {
  const guarded = (callback: () => void) => () => {
    try {
      callback();
    } catch (error) {
      onError(error);
    }
  };
  return {
    monoMs: () => performance.now(),
    clocks: () => ({ monoMs: performance.now(), wallMs: Date.now(), bootMs: uptime() * 1000 }),
    setTimeout(callback, delayMs) {
      const timer = setTimeout(guarded(callback), Math.min(Math.max(0, delayMs), MAX_TIMEOUT_MS));
      timer.unref();
      return timer;
    },
    clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
    // Timers run before Node polls its sockets and setImmediate right after: the second one has seen a whole poll.
    afterIoTurn: (callback) => setImmediate(() => setImmediate(guarded(callback))),
    random: Math.random,
    randomBytes: (length) => randomBytes(length),
  };
}
