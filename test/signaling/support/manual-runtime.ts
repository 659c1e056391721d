import { randomBytes } from 'node:crypto';
import type { Runtime } from '../../../src/runtime.js';
import { VirtualClock } from '../../../src/sim/virtual-clock.js';

/** A runtime whose time and I/O turns pass only when the test says so. */
export class ManualRuntime implements Runtime {
  readonly clock = new VirtualClock(1_000);
  #turn: (() => void)[] = [];

  clocks = () => ({ monoMs: this.clock.now(), wallMs: 1_700_000_000_000 + this.clock.now(), bootMs: this.clock.now() });
  monoMs = () => this.clock.now();
  setTimeout = this.clock.setTimeout;
  clearTimeout = (handle: unknown) => this.clock.clearTimeout(handle as number);
  afterIoTurn = (callback: () => void) => void this.#turn.push(callback);
  random = () => 0.5;
  randomBytes = (length: number) => randomBytes(length);

  ioTurn(): void {
    for (const callback of this.#turn.splice(0)) callback();
  }
}
