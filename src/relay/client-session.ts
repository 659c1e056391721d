/** One client of the relay: its subscriptions, its allowance, and what its frames ask for. */
import { parseStrictJson } from '../protocol/strict-json.js';
import { type NostrEvent, nostrEvent } from '../signaling/nostr-event.js';
import { TokenBucket } from '../signaling/token-bucket.js';
import { compileFilters, type Filter } from './filter.js';
import { exceeds, MAX_STRIKES, type RelayLimits } from './limits.js';
import type { EventStore } from './store.js';

/** A reader that leaves this much unread is dropped: it would fill our memory, and can come back and catch up. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;

/** The part of a `ws` socket that a session uses. */
export interface ClientSocket {
  readonly readyState: number;
  /** `readyState` while frames can be sent. */
  readonly OPEN: number;
  readonly bufferedAmount: number;
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): unknown;
  on(event: 'error', listener: () => void): unknown;
  send(text: string, sent: () => void): void;
  close(code: number): void;
  terminate(): void;
}

export interface ClientSessionOptions {
  ws: ClientSocket;
  limits: RelayLimits;
  nowMs: () => number;
  store: EventStore;
  isGenuine(event: NostrEvent): boolean;
  /** Forwards the publisher's own JSON to every matching subscription. */
  forward(event: NostrEvent, json: string): void;
}

export class ClientSession {
  readonly #options: ClientSessionOptions;
  readonly #subscriptions = new Map<string, Filter>();
  /** Undefined: no limit. */
  readonly #events: TokenBucket | undefined;
  readonly #requests: TokenBucket | undefined;
  #strikes = 0;

  constructor(options: ClientSessionOptions) {
    this.#options = options;
    const bucket = (rate: number) => (rate === 0 ? undefined : new TokenBucket(rate, options.nowMs));
    this.#events = bucket(options.limits.maxEventRate);
    this.#requests = bucket(options.limits.maxReqRate);
    options.ws.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) this.#frame(data);
    });
    options.ws.on('error', () => {}); // 'close' follows
  }

  deliver(event: NostrEvent, json: string): void {
    for (const [subscription, matches] of this.#subscriptions) {
      if (matches(event)) this.#send(`["EVENT",${JSON.stringify(subscription)},${json}]`);
    }
  }

  #frame(data: Buffer): void {
    if (this.#options.ws.readyState !== this.#options.ws.OPEN) return; // what a client sent before it was shut out
    if (exceeds(data.length, this.#options.limits.maxMessageBytes)) {
      this.#strike();
      return;
    }
    const text = data.toString();
    const frame = parse(text);
    if (!Array.isArray(frame)) return;
    const [verb, argument, ...rest] = frame;
    if (verb === 'EVENT' && rest.length === 0) this.#publish(argument, text);
    else if (typeof argument !== 'string') return;
    else if (verb === 'REQ') this.#subscribe(argument, rest);
    else if (verb === 'CLOSE') this.#subscriptions.delete(argument);
  }

  #publish(raw: unknown, frame: string): void {
    if (this.#events?.take() === false) {
      this.#strike();
      return;
    }
    const { data: event } = nostrEvent.safeParse(raw);
    if (!event) return;
    if (!this.#options.isGenuine(event)) {
      this.#reply('OK', event.id, false, 'invalid: bad signature');
      this.#strike(); // no honest client does this, and each one costs us 0.4 ms
      return;
    }
    this.#options.store.add(event);
    // The event as its publisher wrote it, unknown fields included: the second of the frame's two elements.
    this.#options.forward(event, frame.slice(frame.indexOf(',') + 1, frame.lastIndexOf(']')));
    this.#reply('OK', event.id, true, '');
  }

  #subscribe(subscription: string, filters: unknown[]): void {
    if (this.#requests?.take() === false) {
      this.#strike();
      return;
    }
    const { limits, store } = this.#options;
    const isNew = !this.#subscriptions.has(subscription);
    if (isNew && exceeds(this.#subscriptions.size + 1, limits.maxSubscriptions)) {
      this.#reply('CLOSED', subscription, 'rate-limited: too many subscriptions');
      return;
    }
    const matches = compileFilters(filters.slice(0, limits.maxFiltersPerReq || filters.length));
    this.#subscriptions.set(subscription, matches);
    for (const event of store.query(matches)) this.#reply('EVENT', subscription, event);
    this.#reply('EOSE', subscription);
  }

  #strike(): void {
    this.#strikes += 1;
    if (this.#strikes <= MAX_STRIKES) return;
    this.#reply('NOTICE', 'rate limit exceeded — closing');
    this.#options.ws.close(1008);
  }

  #reply(...frame: unknown[]): void {
    this.#send(JSON.stringify(frame));
  }

  #send(text: string): void {
    const { ws } = this.#options;
    if (ws.readyState !== ws.OPEN) return;
    if (ws.bufferedAmount > MAX_BUFFERED_BYTES) ws.terminate();
    else ws.send(text, () => {});
  }
}

function parse(text: string): unknown {
  try {
    return parseStrictJson(text, new Set());
  } catch {
    return undefined;
  }
}
