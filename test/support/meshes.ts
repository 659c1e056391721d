/** Real meshes in this process: a real relay, real links on loopback. Everything opened here is closed by `closeAll`. */
import { vi } from 'vitest';
import type { Identity } from '../../src/identity/identity.js';
import { generateIdentity } from '../../src/identity/keys.js';
import type { JoinOptions, MeshEvent, MeshOptions, Network, PeerInfo } from '../../src/mesh/api.js';
import { Mesh } from '../../src/mesh/mesh.js';
import { type Relay, startRelay } from '../../src/relay/relay-server.js';
import { systemRuntime } from '../../src/runtime.js';

export const runtime = systemRuntime((error) => {
  throw error;
});

/** Only ends hangs: what is waited for takes milliseconds, or a bound of the engine of at most 15 s. */
const BOUND_MS = 40_000;
const opened: { close(): Promise<void> }[] = [];

export async function closeAll(): Promise<void> {
  for (const each of opened.splice(0).reverse()) await each.close();
}

/** The first value that is not falsy. */
export function until<T>(condition: () => T): Promise<NonNullable<T>> {
  return vi.waitUntil(condition, { timeout: BOUND_MS, interval: 5 }) as Promise<NonNullable<T>>;
}

/** Without limits, so that an attacker has every freedom. */
export async function openRelay(): Promise<Relay> {
  const limits = { maxEventRate: 0, maxReqRate: 0, maxConnectionsPerIp: 0 };
  const relay = await startRelay({ host: '127.0.0.1', port: 0, limits, runtime });
  opened.push(relay);
  return relay;
}

/** In the order of their device ids: the first one makes the first offer. */
export function newIdentities(count: number): Identity[] {
  return Array.from({ length: count }, (_, index) =>
    generateIdentity({ label: `device-${index}`, randomBytes: (length) => runtime.randomBytes(length) }),
  ).sort((a, b) => (a.deviceId < b.deviceId ? -1 : 1));
}

/** One mesh in one network, with all it has told since it was opened. */
export interface Member {
  id: string;
  mesh: Mesh;
  network: Network;
  events: MeshEvent[];
  /** What it knows of the other one. */
  sees(other: { id: string }): PeerInfo | undefined;
  /** Each change of state towards the other one, as `active: answered`. */
  changes(other: { id: string }): string[];
}

export async function openMember(
  relay: { url: string },
  { identity, boot, links, log, inspect, ...join }: Partial<JoinOptions> & MeshOptions = {},
): Promise<Member> {
  const mesh = await Mesh.open({
    runtime,
    ...(identity && { identity }),
    ...(boot && { boot }),
    ...(links && { links }),
    ...(log && { log }),
    ...(inspect && { inspect }),
  });
  opened.push(mesh);
  const events: MeshEvent[] = [];
  mesh.subscribe((event) => events.push(event));
  const network = await mesh.join({
    networkId: 'team',
    relays: [relay.url],
    autoApprove: true,
    loopbackOnly: true,
    ...join,
  });
  return {
    id: mesh.deviceId,
    mesh,
    network,
    events,
    sees: ({ id }) => network.peer(id),
    changes: ({ id }) =>
      events.flatMap((event) =>
        event.type === 'peer' && event.peer.deviceId === id && event.from !== event.to
          ? [`${event.to}: ${event.reason}`]
          : [],
      ),
  };
}

export async function bothActive(a: Member, b: Member): Promise<void> {
  await until(() => a.sees(b)?.state === 'active' && b.sees(a)?.state === 'active');
}

/** Two members that are active with each other; the first has the smaller id. */
export async function openPair(relay: Relay, options: Partial<JoinOptions> = {}): Promise<[Member, Member]> {
  const [a, b] = await Promise.all(newIdentities(2).map((identity) => openMember(relay, { ...options, identity })));
  await bothActive(a!, b!);
  return [a!, b!];
}

/** We have told the room after a change of the network. */
export const isNetworkChange = (event: MeshEvent) => event.type === 'announced' && event.reason === 'network-changed';

/** Numbers 1, 2, 3 … from one member to another, one every 10 ms. */
export class NumberFlow {
  readonly arrived: number[] = [];
  sent = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(from: Member, to: Member) {
    to.network.channel<number>('numbers').subscribe((message) => {
      if (message.from === from.id) this.arrived.push(message.payload);
    });
    const channel = from.network.channel<number>('numbers');
    this.#timer = setInterval(() => {
      if (channel.send(to.id, this.sent + 1).status !== 'refused') this.sent += 1;
    }, 10);
  }

  /** Resolves when ten numbers sent from now on have arrived. */
  async flows(): Promise<void> {
    const goal = this.sent + 10;
    await until(() => (this.arrived.at(-1) ?? 0) >= goal);
  }

  /** All that was sent has arrived, once each and in order. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await until(() => this.arrived.length >= this.sent);
    const expected = Array.from({ length: this.sent }, (_, index) => index + 1);
    if (this.arrived.join() !== expected.join()) throw new Error(`lost, doubled or out of order: ${this.arrived}`);
  }
}
