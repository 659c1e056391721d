/** Which addresses of a neighbour are worth a dial: one that failed rests a while, longer each time. */
import { lanTunables as t } from '../../../machines/tunables.js';
import type { Endpoint } from './neighbours.js';

/** Addresses are what anybody on the network claims. */
const MAX_ENDPOINTS = 2_000;

const keyOf = ({ address, port }: Endpoint) => `${address}:${port}`;

export class EndpointHealth {
  readonly #troubled = new Map<string, { failures: number; restTicks: number }>();

  /** At most `count` rested ones, those that failed least first; with `anyway` at least the one nearest to it. */
  choose(endpoints: readonly Endpoint[], count: number, anyway: boolean): Endpoint[] {
    const ranked = endpoints
      .map((endpoint) => ({ endpoint, ...(this.#troubled.get(keyOf(endpoint)) ?? { failures: 0, restTicks: 0 }) }))
      .sort((a, b) => a.restTicks - b.restTicks || a.failures - b.failures);
    const rested = ranked.filter(({ restTicks }) => restTicks === 0).slice(0, count);
    const chosen = rested.length === 0 && anyway ? ranked.slice(0, 1) : rested;
    return chosen.map(({ endpoint }) => endpoint);
  }

  failed(endpoint: Endpoint): void {
    const key = keyOf(endpoint);
    const failures = (this.#troubled.get(key)?.failures ?? 0) + 1;
    this.#troubled.delete(key);
    if (this.#troubled.size >= MAX_ENDPOINTS) this.#troubled.delete(this.#troubled.keys().next().value as string);
    const restTicks = t.coolTicks[Math.min(failures, t.coolTicks.length) - 1] as number;
    this.#troubled.set(key, { failures, restTicks });
  }

  worked(endpoint: Endpoint): void {
    this.#troubled.delete(keyOf(endpoint));
  }

  tick(): void {
    for (const health of this.#troubled.values()) health.restTicks = Math.max(0, health.restTicks - 1);
  }
}
