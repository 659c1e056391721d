import { type Event, EventRepository, EventUtils, type Filter, LogLevel } from '@nostr-relay/common';
import { NostrRelay } from '@nostr-relay/core';
import { WebSocketServer } from 'ws';

/** Where the relay keeps its events; it brings no store of its own that needs no database. */
class Memory extends EventRepository {
  readonly #events = new Map<string, Event>();

  isSearchSupported(): boolean {
    return false;
  }

  upsert(event: Event): { isDuplicate: boolean } {
    const isDuplicate = this.#events.has(event.id);
    this.#events.set(event.id, event);
    return { isDuplicate };
  }

  find(filter: Filter): Event[] {
    return [...this.#events.values()].filter((event) => EventUtils.isMatchingFilter(event, filter));
  }

  async destroy(): Promise<void> {}
}

/** A relay written by others, for any use: it knows nothing of meshes. */
export class ForeignRelay {
  /** Frames of clients, as they came. */
  readonly frames: unknown[][] = [];
  readonly #relay: NostrRelay;
  readonly #server: WebSocketServer;

  /** Known once it listens. */
  port = 0;

  private constructor(port: number) {
    this.#relay = new NostrRelay(new Memory(), { logLevel: LogLevel.ERROR });
    this.#server = new WebSocketServer({ host: '127.0.0.1', port });
    this.#server.on('connection', (socket, request) => {
      this.#relay.handleConnection(socket, request.socket.remoteAddress);
      socket.on('error', () => {});
      socket.on('close', () => this.#relay.handleDisconnect(socket));
      socket.on('message', (data) => {
        const frame = JSON.parse(String(data));
        this.frames.push(frame);
        void this.#relay.handleMessage(socket, frame);
      });
    });
  }

  /** `port` 0: any. */
  static async start(port = 0): Promise<ForeignRelay> {
    const relay = new ForeignRelay(port);
    await new Promise<void>((resolve) => relay.#server.once('listening', resolve));
    relay.port = (relay.#server.address() as { port: number }).port;
    return relay;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await this.#relay.destroy();
  }
}
