import { type WebSocket, WebSocketServer } from 'ws';
import { compileFilters, type Filter } from '../../../src/relay/filter.js';
import { isGenuine, type NostrEvent, nostrEvent } from '../../../src/signaling/nostr-event.js';

const isHex = (value: unknown) => /^[0-9a-f]{64}$/.test(String(value));

/** Answers as strfry does, whose source says `CLOSED … bad req` and `OK false … invalid`. */
export class StrictRelay {
  /** Verbs of the frames that were refused. */
  readonly refused: string[] = [];
  accepted = 0;
  readonly #subscriptions = new Map<WebSocket, Map<string, Filter>>();
  readonly #server = new WebSocketServer({ host: '127.0.0.1', port: 0 });

  private constructor() {
    this.#server.on('connection', (socket) => {
      this.#subscriptions.set(socket, new Map());
      socket.on('error', () => {});
      socket.on('close', () => this.#subscriptions.delete(socket));
      socket.on('message', (data) => this.#frame(socket, JSON.parse(String(data))));
    });
  }

  static async start(): Promise<StrictRelay> {
    const relay = new StrictRelay();
    await new Promise<void>((resolve) => relay.#server.once('listening', resolve));
    return relay;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  close(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #frame(socket: WebSocket, [verb, first, ...rest]: unknown[]): void {
    const say = (...frame: unknown[]) => socket.send(JSON.stringify(frame));
    if (verb === 'REQ') {
      const bad = rest.some((filter) => ((filter as { '#p'?: unknown[] })['#p'] ?? []).some((value) => !isHex(value)));
      if (bad) {
        this.refused.push('REQ');
        say('CLOSED', first, 'bad req: unexpected filter item size');
        return;
      }
      this.#subscriptions.get(socket)?.set(String(first), compileFilters(rest));
      say('EOSE', first);
    }
    if (verb === 'EVENT') {
      const event = nostrEvent.parse(first);
      if (!isGenuine(event) || event.tags.some(([name, value]) => name === 'p' && !isHex(value))) {
        this.refused.push('EVENT');
        say('OK', event.id, false, 'invalid: unexpected size for fixed-size tag: p');
        return;
      }
      this.accepted += 1;
      say('OK', event.id, true, '');
      this.#forward(event);
    }
  }

  #forward(event: NostrEvent): void {
    for (const [socket, subscriptions] of this.#subscriptions) {
      for (const [id, matches] of subscriptions) {
        if (matches(event)) socket.send(JSON.stringify(['EVENT', id, event]));
      }
    }
  }
}
