/** One simulated WebSocket: the client's half is what the mesh holds, the server's half is what the relay's session holds. */
import type { ClientSocket } from '../relay/client-session.js';
import type { RelaySocket, RelaySocketFacts } from '../signaling/relay-socket.js';
import type { Loop } from './loop.js';
import type { Host, Net, ProcessHost, Stream } from './net.js';

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 3;
/** A reader that leaves this many frames unread is dropped, as the real relay drops one by bytes. */
const MAX_BACKLOG = 4_000;

/** The relay's kernel gives up a client that answers nothing. */
const SERVER_KEEPALIVE_MS = 60_000;

export interface RelayEnd extends Host {
  readonly isUp: boolean;
  /** The upgrade is done: a session for it starts. */
  welcome(wire: RelayWire): void;
  forget(wire: RelayWire): void;
}

export class RelayWire {
  readonly client: ProcessHost;
  readonly #relay: RelayEnd;
  readonly #facts: RelaySocketFacts;
  readonly #loop: Loop;
  readonly #up: Stream;
  readonly #down: Stream;
  #clientOpen = false;
  #clientClosed = false;
  #serverState = CONNECTING;
  #hear: (data: Buffer) => void = () => {};
  #pings = 0;
  #resolveClosed: () => void = () => {};
  readonly #closed = new Promise<void>((resolve) => {
    this.#resolveClosed = resolve;
  });

  /** Nothing passes, and neither end knows. */
  isSilent = false;

  constructor(client: ProcessHost, relay: RelayEnd, facts: RelaySocketFacts, loop: Loop, net: Net) {
    this.client = client;
    this.#relay = relay;
    this.#facts = facts;
    this.#loop = loop;
    this.#up = net.openStream(client, relay);
    this.#down = net.openStream(relay, client);
  }

  /** TCP and the upgrade: two round trips. */
  dial(): RelaySocket {
    this.#up.send(() =>
      this.#toClient(() =>
        this.#up.send(() => {
          if (!this.#relay.isUp) return this.#toClient(() => this.#clientLost('connect ECONNREFUSED'));
          this.#serverState = OPEN;
          this.#relay.welcome(this);
          this.#toClient(() => {
            this.#clientOpen = true;
            this.#facts.opened();
          });
        }),
      ),
    );
    return {
      send: (text) => {
        if (!this.#clientOpen) return false;
        this.#up.send(() => this.#hear(Buffer.from(text)));
        return true;
      },
      ping: () => this.#ping(),
      close: () => {
        this.#clientLost('');
        return this.#closed;
      },
    };
  }

  readonly server: ClientSocket = {
    OPEN,
    readyState: OPEN,
    bufferedAmount: 0,
    on: (event: string, listener: (data: Buffer, isBinary: boolean) => void) => {
      if (event === 'message') this.#hear = (data) => this.#serverState === OPEN && listener(data, false);
    },
    send: (text) => {
      if (this.#serverState !== OPEN) return;
      if (this.#down.backlog > MAX_BACKLOG) this.closeByRelay('terminated');
      else this.#toClient(() => this.#facts.frame(text));
    },
    close: () => this.closeByRelay('closed by the relay (code 1008)'),
    terminate: () => this.closeByRelay('terminated'),
  };

  closeByRelay(reason: string): void {
    if (this.#serverState === CLOSED) return;
    this.#serverState = CLOSED;
    this.#relay.forget(this);
    this.#toClient(() => this.#clientLost(reason));
  }

  /** The kernel of a killed client closes its sockets. */
  clientDied(): void {
    this.#clientClosed = true;
    this.#clientOpen = false;
    this.#up.send(() => this.#end());
  }

  /** The client has lost the address that the socket is bound to: nothing passes any more, and nobody says so. */
  silence(): void {
    this.isSilent = true;
    this.#up.end();
    this.#down.end();
    this.#loop.after(SERVER_KEEPALIVE_MS, () => this.#end());
  }

  /** Late answers, which a pause may have left in the socket, do not count. */
  #ping(): void {
    if (!this.#clientOpen) return;
    const ping = ++this.#pings;
    this.#up.send(() =>
      this.#toClient(() => {
        if (ping === this.#pings && this.#clientOpen) this.#facts.pong();
      }),
    );
  }

  #toClient(arrive: () => void): void {
    this.#down.send(() =>
      this.client.process.receive('stream', () => {
        if (!this.#clientClosed) arrive();
      }),
    );
  }

  #clientLost(reason: string): void {
    if (this.#clientClosed) return;
    this.#clientClosed = true;
    this.#clientOpen = false;
    this.#loop.unsettled();
    this.#resolveClosed();
    if (this.#serverState === CLOSED) this.#end();
    else this.#up.send(() => this.#end());
    this.#facts.closed(reason || 'closed');
  }

  #end(): void {
    this.#serverState = CLOSED;
    this.#relay.forget(this);
    this.#up.end();
    this.#down.end();
  }
}
