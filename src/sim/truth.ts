/** What really is wrong, as nobody inside the world can know it: the measure for what devices believe. */
export interface Trouble {
  kind: string;
  /** Does it touch the pair of these devices, by index? */
  touches(a: number, b: number): boolean;
}

/** Longer than any bound that is judged by it. */
const REMEMBERED_MS = 600_000;

export class Truth {
  readonly #nowMs: () => number;
  #lastEndMs = 0;
  #troubles: { trouble: Trouble; endedMs: number | null }[] = [];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  began(trouble: Trouble): void {
    this.#troubles.push({ trouble, endedMs: null });
  }

  ended(trouble: Trouble): void {
    const nowMs = this.#nowMs();
    this.#lastEndMs = nowMs;
    for (const each of this.#troubles) if (each.trouble === trouble) each.endedMs = nowMs;
    this.#troubles = this.#troubles.filter(({ endedMs }) => endedMs === null || endedMs > nowMs - REMEMBERED_MS);
  }

  /** How long nothing has been wrong with anybody; 0 while something is. */
  get quietMs(): number {
    return this.active > 0 ? 0 : this.#nowMs() - this.#lastEndMs;
  }

  get active(): number {
    return this.#troubles.filter(({ endedMs }) => endedMs === null).length;
  }

  /** How long nothing has been wrong between two devices; 0 while something is. */
  calmMs(a: number, b: number): number {
    let sinceMs = 0;
    for (const { trouble, endedMs } of this.#troubles) {
      if (!trouble.touches(a, b)) continue;
      if (endedMs === null) return 0;
      sinceMs = Math.max(sinceMs, endedMs);
    }
    return this.#nowMs() - sinceMs;
  }
}
