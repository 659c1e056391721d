/** The library's front door. The daemon is a user of it like any other. */
import { type Logger, pino } from 'pino';
import type { AnyActorRef } from 'xstate';
import { checkTunables, tunables } from '../../machines/tunables.js';
import type { Identity } from '../identity/identity.js';
import { generateIdentity } from '../identity/keys.js';
import type { LinkFactory } from '../link/link.js';
import { weriftLinks } from '../link/werift/index.js';
import { type Runtime, systemRuntime } from '../runtime.js';
import { realPorts, type SignalingPorts } from '../signaling/ports.js';
import { DEFAULT_APP_ID, roomHandle } from '../signaling/room.js';
import type { Inspect } from './actors.js';
import { type JoinOptions, MeshError, type MeshEvent, type MeshOptions, type Network } from './api.js';
import { JoinedNetwork } from './joined-network.js';
import { Listeners } from './listeners.js';
import { requireNetworkId, requireRelays, requireTopology } from './require.js';
import { memoryRoster } from './roster.js';

/** The protocol release this node stands for in its hello. */
const APP_VERSION = 'wakemesh/0.1.0';

export class Mesh {
  readonly #identity: Identity;
  readonly #boot: number;
  readonly #log: Logger;
  readonly #runtime: Runtime;
  readonly #links: LinkFactory;
  readonly #ports: SignalingPorts;
  readonly #inspect: Inspect | undefined;
  readonly #networks = new Map<string, JoinedNetwork>();
  readonly #listeners: Listeners<MeshEvent>;
  /** Counts the signed messages of this boot id. */
  #lastSeq = 0;
  #open = true;

  private constructor(options: MeshOptions) {
    this.#log = options.log ?? pino({ enabled: false });
    this.#runtime = options.runtime ?? systemRuntime((error) => this.#log.error({ err: error }, 'timer failed'));
    this.#identity =
      options.identity ?? generateIdentity({ randomBytes: (length) => this.#runtime.randomBytes(length) });
    this.#boot = options.boot ?? Math.floor(this.#runtime.clocks().wallMs);
    this.#links = options.links ?? weriftLinks({ log: (message, detail) => this.#log.debug(detail, message) });
    this.#ports = options.ports ?? realPorts;
    this.#inspect = options.inspect;
    this.#listeners = new Listeners((error) => this.#log.error({ err: error }, 'subscriber failed'));
  }

  /** Throws `bad-configuration` when the constants contradict each other. */
  static async open(options: MeshOptions = {}): Promise<Mesh> {
    const broken = checkTunables(tunables);
    if (broken.length > 0) throw new MeshError('bad-configuration', `tunables: ${broken.join('; ')}`);
    const mesh = new Mesh(options);
    await mesh.#links.warmUp();
    return mesh;
  }

  get deviceId(): string {
    return this.#identity.deviceId;
  }

  networks(): Network[] {
    return [...this.#networks.values()];
  }

  /** The node actor of each network by network id: the root of all its actors, for whoever inspects them. */
  roots(): ReadonlyMap<string, AnyActorRef> {
    return new Map([...this.#networks].map(([id, network]) => [id, network.root]));
  }

  /** Throws `MeshError`: `bad-network-id`, `already-joined`, `no-relays`, `bad-relay-url`, `bad-topology`, `closed`. */
  async join(options: JoinOptions): Promise<Network> {
    if (!this.#open) throw new MeshError('closed', 'the mesh is closed: open a new one');
    const networkId = requireNetworkId(options.networkId);
    if (this.#networks.has(networkId)) {
      throw new MeshError('already-joined', `network ${networkId} is joined already`);
    }
    requireRelays(options);
    if (options.topology) requireTopology(options.topology);
    const network = new JoinedNetwork({
      ...options,
      networkId,
      room: roomHandle(options.appId ?? DEFAULT_APP_ID, networkId),
      roster: options.roster ?? memoryRoster(() => this.#runtime.clocks().wallMs),
      identity: this.#identity,
      boot: this.#boot,
      nextSeq: () => ++this.#lastSeq,
      appVersion: APP_VERSION,
      runtime: this.#runtime,
      ports: this.#ports,
      links: this.#links,
      log: this.#log,
      ...(this.#inspect && { inspect: this.#inspect }),
      onEvent: (event) => this.#listeners.tell(event),
      onLeft: () => this.#networks.delete(networkId),
    });
    this.#networks.set(networkId, network);
    return network;
  }

  subscribe(handler: (event: MeshEvent) => void): () => void {
    return this.#listeners.add(handler);
  }

  events(): AsyncIterableIterator<MeshEvent> {
    return this.#listeners.read();
  }

  suspend(): void {
    for (const network of this.#networks.values()) network.suspend();
  }

  resume(): void {
    for (const network of this.#networks.values()) network.resume();
  }

  networkChanged(): void {
    for (const network of this.#networks.values()) network.networkChanged();
  }

  /** Leaves every network. Idempotent. */
  async close(): Promise<void> {
    this.#open = false;
    await Promise.all([...this.#networks.values()].map((network) => network.leave()));
    this.#listeners.close();
  }
}
