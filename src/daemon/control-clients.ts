/** The clients that asked for events: their ids, what they listen to, and a bounded queue towards each. */
import type { Socket } from 'node:net';

/** What may wait for a client that does not read. Beyond it pushes are skipped, and the client is told how many. */
const MAX_QUEUED_BYTES = 4 << 20;

export class ControlClient {
  readonly #socket: Socket;
  readonly #subscriptions = new Map<string, () => void>();
  #skipped = 0;

  constructor(
    readonly id: string,
    socket: Socket,
  ) {
    this.#socket = socket;
    socket.on('drain', () => this.#tellSkipped());
  }

  push(line: string): void {
    if (this.#skipped > 0 || this.#socket.writableLength > MAX_QUEUED_BYTES) this.#skipped += 1;
    else this.#socket.write(line);
  }

  #tellSkipped(): void {
    if (this.#skipped === 0) return;
    const skipped = this.#skipped;
    this.#skipped = 0;
    this.#socket.write(pushLine({ kind: 'lagged', skipped }));
  }

  /** Subscribing twice to the same thing is subscribing once: doubled frames would be worse than a lost request. */
  subscribe(key: string, begin: () => () => void): void {
    if (!this.#subscriptions.has(key)) this.#subscriptions.set(key, begin());
  }

  unsubscribe(key: string): void {
    this.#subscriptions.get(key)?.();
    this.#subscriptions.delete(key);
  }

  close(): void {
    for (const end of this.#subscriptions.values()) end();
    this.#subscriptions.clear();
  }
}

export class ControlClients {
  readonly #clients = new Map<string, ControlClient>();
  #nextId = 0;

  add(socket: Socket): ControlClient {
    const client = new ControlClient(`c${this.#nextId++}`, socket);
    this.#clients.set(client.id, client);
    return client;
  }

  remove(client: ControlClient): void {
    client.close();
    this.#clients.delete(client.id);
  }

  find(id: string): ControlClient | undefined {
    return this.#clients.get(id);
  }

  /** Throws when no connected client has this id. */
  require(id: string): ControlClient {
    const client = this.find(id);
    if (!client) throw new Error(`unknown client_id: ${id}`);
    return client;
  }

  broadcast(push: object): void {
    if (this.#clients.size === 0) return;
    const line = pushLine(push);
    for (const client of this.#clients.values()) client.push(line);
  }
}

export function pushLine(push: object): string {
  return `${JSON.stringify(push)}\n`;
}
