/** What the relay remembers: presence, for a while. Negotiation passes through and is forgotten. */
import type { NostrEvent } from '../signaling/nostr-event.js';
import type { Filter } from './filter.js';

const CAPACITY = 8_192;
const RETENTION_MS = 15 * 60_000;
const MAX_REPLAY = 500;

export class EventStore {
  readonly #nowMs: () => number;
  /** By id, in order of arrival: one that comes twice is kept once. */
  readonly #events = new Map<string, { event: NostrEvent; arrivedMs: number }>();

  /** `nowMs` is monotonic: a stepped wall clock must not empty the store. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get size(): number {
    return this.#events.size;
  }

  /** Ephemeral kinds are not kept. */
  add(event: NostrEvent): void {
    if (event.kind >= 20_000 && event.kind <= 29_999) return;
    this.#purge();
    if (this.#events.has(event.id)) return;
    if (this.#events.size >= CAPACITY) this.#events.delete(this.#events.keys().next().value as string);
    this.#events.set(event.id, { event, arrivedMs: this.#nowMs() });
  }

  /** In order of arrival; of more than 500 matches the newest. */
  query(matches: Filter): NostrEvent[] {
    this.#purge();
    const found: NostrEvent[] = [];
    for (const { event } of this.#events.values()) if (matches(event)) found.push(event);
    return found.slice(-MAX_REPLAY);
  }

  #purge(): void {
    const oldestMs = this.#nowMs() - RETENTION_MS;
    for (const [id, { arrivedMs }] of this.#events) {
      if (arrivedMs >= oldestMs) return;
      this.#events.delete(id);
    }
  }
}
