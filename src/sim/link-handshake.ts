/** The two handshakes above a path, as one row of flights: odd ones by the answerer, even ones by the offerer. */
import type { SimProcess } from './process.js';

const LAST_FLIGHT = 6;
const REPEAT_MS = [1_000, 2_000, 4_000, 8_000];

interface Ports {
  /** `to`: where the flight before it came from, if there is no path yet. */
  send(number: number, to: string): void;
  complete(): void;
}

export class LinkHandshake {
  readonly #process: SimProcess;
  readonly #ports: Ports;
  #flight = 0;
  #timer = 0;

  constructor(process: SimProcess, ports: Ports) {
    this.#process = process;
    this.#ports = ports;
  }

  get hasBegun(): boolean {
    return this.#flight > 0;
  }

  /** The far end is done with it as far as it knows, and may send messages. */
  get mayBeOver(): boolean {
    return this.#flight >= LAST_FLIGHT - 1;
  }

  begin(): void {
    this.#send(1, '');
  }

  receive(number: number, from: string): void {
    const isRepeated = number === this.#flight - 1; // our answer to it was lost
    if (number < this.#flight && !isRepeated) return;
    if (number < LAST_FLIGHT) this.#send(number + 1, from);
    if (number >= LAST_FLIGHT - 1) this.#ports.complete();
  }

  isOver(): void {
    this.#flight = LAST_FLIGHT;
    this.stop();
  }

  stop(): void {
    this.#process.clearTimeout(this.#timer);
  }

  #send(number: number, to: string): void {
    this.#flight = number;
    this.stop();
    const repeat = (times: number): void => {
      this.#ports.send(number, to);
      const waitMs = REPEAT_MS[times];
      if (waitMs === undefined || number === LAST_FLIGHT) return;
      this.#timer = this.#process.later(waitMs, () => repeat(times + 1));
    };
    repeat(0);
  }
}
