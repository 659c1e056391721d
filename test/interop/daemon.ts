/** One daemon under test, ours or the other, seen through what both have: command line, home folder, control socket. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { ControlClient } from '../../src/cli/control-client.js';
import { sleep } from '../../src/cli/demo/wait.js';
import { encodeBase32 } from '../../src/identity/base32.js';
import { identityFromSeed, SEED_BYTES } from '../../src/identity/keys.js';
import { Process } from './process.js';

export const CHANNEL = 'interop';
const CONNECT_POLL_MS = 3;
const START_BOUND_MS = 20_000;

export interface PeerView {
  status: string;
  authenticated: boolean;
}
export type Push = { kind: string; [key: string]: unknown };

export interface Key {
  seed: Uint8Array;
  deviceId: string;
}

/** Two device keys, the smaller id first. */
export function twoKeys(): [smaller: Key, larger: Key] {
  const [a, b] = [newKey(), newKey()];
  return a.deviceId < b.deviceId ? [a, b] : [b, a];
}

function newKey(): Key {
  const seed = randomBytes(SEED_BYTES);
  return { seed, deviceId: identityFromSeed(seed, '').deviceId };
}

/** Everything that would reach beyond this machine is named and off. */
function configOf(network: string, relay: string, autoApprove: boolean): object {
  return {
    version: 3,
    auto_update: { enabled: false },
    networks: [
      {
        id: network,
        network_id: network,
        topology: { kind: 'full_mesh' },
        signaling: {
          strategy: 'nostr',
          mdns: false,
          servers: [relay],
          redundancy: 1,
          denylist: [],
          public_fallback: false,
          listen_only: false,
        },
        stun_servers: [],
        turn_servers: [],
        auto_approve: autoApprove,
      },
    ],
  };
}

export interface DaemonSpec {
  /** Its name in logs and folders. */
  name: string;
  command: readonly string[];
  folder: string;
  log: string;
  key: Key;
  network: string;
  relay: string;
  autoApprove: boolean;
}

export class Daemon {
  readonly name: string;
  readonly id: string;
  readonly network: string;
  /** Told of every push, in order. */
  readonly ears = new Set<(push: Push) => void>();
  readonly #spec: DaemonSpec;
  readonly #home: string;
  #process: Process | null = null;
  #requests: ControlClient | null = null;
  #pushes: ControlClient | null = null;
  #messages: Socket | null = null;
  #clientId = '';

  constructor(spec: DaemonSpec) {
    this.#spec = spec;
    this.name = spec.name;
    this.id = spec.key.deviceId;
    this.network = spec.network;
    this.#home = join(spec.folder, spec.name);
    mkdirSync(join(this.#home, '.secrets'), { recursive: true, mode: 0o700 });
    const identity = {
      version: 1,
      created_at: '@1700000000',
      secret_key: encodeBase32(spec.key.seed),
      public_key: this.id,
      label: spec.name,
    };
    writeFileSync(join(this.#home, '.secrets', 'identity.json'), JSON.stringify(identity, null, 2), { mode: 0o600 });
    writeFileSync(
      join(this.#home, 'config.json'),
      JSON.stringify(configOf(spec.network, spec.relay, spec.autoApprove), null, 2),
    );
  }

  /** Resolves when it has joined the network and delivers what arrives on the channel. */
  async start(): Promise<void> {
    const env = { ...process.env, MYOWNMESH_HOME: this.#home, MYOWNMESH_AUTOUPDATE: '0' };
    this.#process = new Process([...this.#spec.command, 'serve'], this.#spec.log, env);
    const giveUpAtMs = performance.now() + START_BOUND_MS;
    const path = this.#socket;
    for (;;) {
      try {
        this.#requests = await ControlClient.open(path, this.name);
        await this.request('peers_list');
        break;
      } catch (error) {
        if (performance.now() > giveUpAtMs || !this.#process.isRunning) {
          throw new Error(`${this.name} does not answer on its control socket: ${(error as Error).message}`);
        }
        await sleep(CONNECT_POLL_MS);
      }
    }
    const pushes = await ControlClient.open(path, this.name);
    this.#pushes = pushes;
    const { client_id } = (await pushes.request({ op: 'events_subscribe' })) as { client_id: string };
    this.#clientId = client_id;
    void this.#read(pushes);
    await this.request('channel_subscribe', { client_id, channel: CHANNEL });
    this.#messages = connect(path).resume();
    this.#messages.on('error', () => {}); // a killed daemon resets it; the row notices by itself
  }

  get clientId(): string {
    return this.#clientId;
  }

  /** `data` of the answer. Rejects when the daemon refuses. */
  async request(op: string, fields: object = {}): Promise<unknown> {
    if (this.#requests === null) throw new Error(`${this.name} is not running`);
    return await this.#requests.request({ op, network: this.network, ...fields });
  }

  /** How it sees the other one; undefined also while it is not running. */
  async peer(other: Daemon): Promise<PeerView | undefined> {
    try {
      const { peers } = (await this.request('peers_list')) as { peers: (PeerView & { device_id: string })[] };
      return peers.find(({ device_id }) => device_id === other.id);
    } catch {
      return undefined;
    }
  }

  /** On a connection of its own: one that takes long holds up nothing else. */
  async ask(op: string, fields: object): Promise<unknown> {
    const client = await ControlClient.open(this.#socket, this.name);
    try {
      return await client.request({ op, network: this.network, ...fields });
    } finally {
      client.close();
    }
  }

  /** Writes it at once and waits for no answer: what becomes of it shows at the other end. */
  post(other: Daemon, payload: unknown): void {
    const request = { op: 'channel_send_to', network: this.network, channel: CHANNEL, peer: other.id, payload };
    this.#messages?.write(`${JSON.stringify(request)}\n`);
  }

  freeze(): Promise<void> {
    return this.#required().freeze();
  }

  thaw(): void {
    this.#required().thaw();
  }

  /** Resolves when the process has ended. `SIGTERM` is a graceful leave. */
  async end(signal: NodeJS.Signals): Promise<void> {
    for (const client of [this.#requests, this.#pushes]) client?.close();
    this.#messages?.destroy();
    this.#requests = null;
    this.#pushes = null;
    this.#messages = null;
    await this.#process?.end(signal);
  }

  get #socket(): string {
    return join(this.#home, 'daemon.sock');
  }

  #required(): Process {
    if (this.#process === null) throw new Error(`${this.name} is not running`);
    return this.#process;
  }

  async #read(pushes: ControlClient): Promise<void> {
    for (;;) {
      const push = await pushes.next().catch(() => undefined); // its end is what the row did to the daemon
      if (push === undefined) return;
      for (const ear of this.ears) ear(push as Push);
    }
  }
}
