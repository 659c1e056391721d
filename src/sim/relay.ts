/** A simulated relay: the real relay's sessions, filters and store, reached over simulated sockets. */
import { ClientSession } from '../relay/client-session.js';
import { DEFAULT_LIMITS } from '../relay/limits.js';
import { EventStore } from '../relay/store.js';
import type { NostrEvent } from '../signaling/nostr-event.js';
import type { RelaySocket, RelaySocketFacts } from '../signaling/relay-socket.js';
import type { Loop } from './loop.js';
import type { Net, ProcessHost } from './net.js';
import { type RelayEnd, RelayWire } from './relay-wire.js';

export interface RelayOptions {
  name: string;
  loop: Loop;
  net: Net;
  isGenuine(event: NostrEvent): boolean;
  /** A genuine event has come in. */
  published(event: NostrEvent): void;
}

export class SimRelay implements RelayEnd {
  readonly name: string;
  readonly url: string;
  readonly address = 1;
  readonly mapping = 1;
  readonly #options: RelayOptions;
  readonly #wires = new Set<RelayWire>();
  readonly #sessions = new Map<RelayWire, ClientSession>();
  #store!: EventStore;
  isUp = true;

  constructor(options: RelayOptions) {
    this.name = options.name;
    this.url = `ws://${options.name}.sim/`;
    this.#options = options;
    this.#forgetEvents();
  }

  dial(client: ProcessHost, facts: RelaySocketFacts): RelaySocket {
    const { loop, net } = this.#options;
    const wire = new RelayWire(client, this, facts, loop, net);
    this.#wires.add(wire);
    return wire.dial();
  }

  /** Every socket closes, nobody gets in, and what was stored is gone. */
  stop(): void {
    this.isUp = false;
    this.dropSockets();
    this.#forgetEvents();
  }

  start(): void {
    this.isUp = true;
  }

  /** Closes every socket, and takes new ones at once. */
  dropSockets(): void {
    for (const wire of [...this.#wires]) wire.closeByRelay('closed by the relay (code 1001)');
  }

  wiresOf(client: ProcessHost): RelayWire[] {
    return [...this.#wires].filter((wire) => wire.client === client);
  }

  welcome(wire: RelayWire): void {
    const { loop, isGenuine, published } = this.#options;
    const session = new ClientSession({
      ws: wire.server,
      limits: { ...DEFAULT_LIMITS, maxConnectionsPerIp: 0 },
      nowMs: () => loop.nowMs,
      store: this.#store,
      isGenuine,
      forward: (event, json) => {
        published(event);
        for (const each of this.#sessions.values()) each.deliver(event, json);
      },
    });
    this.#sessions.set(wire, session);
  }

  forget(wire: RelayWire): void {
    this.#wires.delete(wire);
    this.#sessions.delete(wire);
  }

  #forgetEvents(): void {
    this.#store = new EventStore(() => this.#options.loop.nowMs);
  }
}
