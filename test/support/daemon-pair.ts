/** Daemon processes that are Active with each other, and what they tell. For tests that stop and continue processes. */
import { readFileSync } from 'node:fs';
import { vi } from 'vitest';
import type { MeshEvent, PeerInfo } from '../../src/mesh/api.js';
import { type DaemonProcess, type EventStream, networkConfig, startDaemon, startProgram } from './daemon.js';

const NETWORK = 'ops';
const CHANNEL = 'numbers';
/** Only ends hangs: longer than any bound of the engine but the 15 minutes of a kept session. */
const BOUND_MS = 40_000;

export function until<T>(condition: () => T | Promise<T>): Promise<NonNullable<T>> {
  return vi.waitUntil(condition, { timeout: BOUND_MS, interval: 20 }) as Promise<NonNullable<T>>;
}

export async function startRelayProcess(): Promise<string> {
  const program = startProgram(['relay', '--port', '0']);
  return /ws:\S+/.exec(await program.said(/ws:\S+\n/))?.[0] as string;
}

export interface Told {
  /** Wall clock of the daemon. */
  atMs: number;
  event: MeshEvent;
}

/** One daemon under watch: every event it pushes and every number it receives is kept. */
export class Watched {
  readonly told: Told[] = [];
  readonly #numbers = new Map<string, number[]>();

  private constructor(
    readonly daemon: DaemonProcess,
    readonly id: string,
    stream: EventStream,
  ) {
    void this.#read(stream);
  }

  static async start(relay: string): Promise<Watched> {
    const daemon = await startDaemon({ config: { networks: [networkConfig(NETWORK, relay)] } });
    const { pubkey } = await daemon.ask('identity_show');
    const stream = await daemon.events();
    await daemon.ask('channel_subscribe', { client_id: stream.clientId, network: NETWORK, channel: CHANNEL });
    return new Watched(daemon, pubkey, stream);
  }

  async peer(other: Watched): Promise<{ state: string; epoch: number }> {
    const { peers } = await this.daemon.ask('peers_list', { network: NETWORK });
    const found = peers.find((peer: { device_id: string }) => peer.device_id === other.id);
    return found?.wakemesh ?? { state: 'unknown', epoch: 0 };
  }

  /** What became of it. */
  async send(other: Watched, number: number): Promise<string> {
    const to = { network: NETWORK, channel: CHANNEL, peer: other.id };
    return (await this.daemon.ask('channel_send_to', { ...to, payload: number })).outcome;
  }

  numbersFrom(other: Watched): number[] {
    const known = this.#numbers.get(other.id) ?? [];
    this.#numbers.set(other.id, known);
    return known;
  }

  /** Changes of state towards the other one, in order. */
  changes(other: Watched): { to: string; reason: string; peer: PeerInfo }[] {
    return this.told.flatMap(({ event }) =>
      event.type === 'peer' && event.peer.deviceId === other.id && event.from !== event.to ? [event] : [],
    );
  }

  announces(): { atMs: number; reason: string }[] {
    return this.told.flatMap(({ atMs, event }) => (event.type === 'announced' ? [{ atMs, reason: event.reason }] : []));
  }

  /** Resolves when the operating system says that the process is stopped. */
  async stop(): Promise<void> {
    this.daemon.kill('SIGSTOP');
    await vi.waitUntil(() => processState(this.daemon.pid) === 'T', { timeout: BOUND_MS, interval: 2 });
  }

  continue(): void {
    this.daemon.kill('SIGCONT');
  }

  async #read(stream: EventStream): Promise<void> {
    for await (const push of stream) {
      if (push.kind === 'wakemesh') this.told.push({ atMs: push.at_ms, event: push.event });
      else if (push.kind === 'channel_inbound') {
        const numbers = this.#numbers.get(push.from) ?? [];
        numbers.push(push.payload);
        this.#numbers.set(push.from, numbers);
      }
    }
  }
}

/** In the order of their device ids, all Active with each other. */
export async function startMesh(relay: string, count: number): Promise<Watched[]> {
  const nodes = await Promise.all(Array.from({ length: count }, () => Watched.start(relay)));
  nodes.sort((a, b) => (a.id < b.id ? -1 : 1));
  await allActive(nodes);
  return nodes;
}

export async function allActive(nodes: readonly Watched[]): Promise<void> {
  for (const [a, b] of directions(nodes)) await until(async () => (await a.peer(b)).state === 'active');
}

export async function epochs(nodes: readonly Watched[]): Promise<number[]> {
  return Promise.all(directions(nodes).map(async ([a, b]) => (await a.peer(b)).epoch));
}

export function directions(nodes: readonly Watched[]): [Watched, Watched][] {
  return nodes.flatMap((a) => nodes.filter((b) => b !== a).map((b): [Watched, Watched] => [a, b]));
}

/** The one-letter state that Linux gives; elsewhere a signal is taken at its word. */
function processState(pid: number): string {
  if (process.platform !== 'linux') return 'T';
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.charAt(stat.lastIndexOf(')') + 2);
}
