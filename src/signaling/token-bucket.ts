/** Starts full, holds one second's worth. */
export class TokenBucket {
  readonly #rate: number;
  readonly #nowMs: () => number;
  #tokens: number;
  #filledMs: number;

  /** `rate` tokens per second, at least 1. `nowMs` is monotonic. */
  constructor(rate: number, nowMs: () => number) {
    this.#rate = rate;
    this.#nowMs = nowMs;
    this.#tokens = rate;
    this.#filledMs = nowMs();
  }

  take(): boolean {
    this.#refill();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Milliseconds until `take` succeeds; 0 when it would now. */
  waitMs(): number {
    this.#refill();
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) * 1000) / this.#rate);
  }

  #refill(): void {
    const nowMs = this.#nowMs();
    this.#tokens = Math.min(this.#rate, this.#tokens + ((nowMs - this.#filledMs) / 1000) * this.#rate);
    this.#filledMs = nowMs;
  }
}
