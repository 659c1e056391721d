/** One simulated device: its identity outlives its processes. Everything in a process is the real mesh. */
import type { Identity } from '../identity/identity.js';
import type { JoinOptions, MeshEvent, Network, PeerState } from '../mesh/api.js';
import { Mesh } from '../mesh/mesh.js';
import { memoryRoster, type Roster } from '../mesh/roster.js';
import type { SignalingPorts } from '../signaling/ports.js';
import type { LinkNet } from './link-net.js';
import type { Loop } from './loop.js';
import type { ProcessHost } from './net.js';
import { type Rest, SimProcess } from './process.js';
import type { Rng } from './rng.js';

export interface DeviceOptions {
  index: number;
  identity: Identity;
  loop: Loop;
  rng: Rng;
  links: LinkNet;
  /** For processes of this host. */
  ports(host: ProcessHost): SignalingPorts;
  join: JoinOptions;
  rest(device: Device): Rest;
  onEvent(device: Device, event: MeshEvent): void;
  /** A callback threw, which none may. */
  failed(device: Device, error: unknown): void;
}

export class Device implements ProcessHost {
  readonly index: number;
  readonly name: string;
  readonly identity: Identity;
  address = 1;
  mapping = 1;
  process: SimProcess;
  network: Network | null = null;
  /** Boot id of the process that runs, and when it started. */
  boot = 0;
  startedMs = 0;
  /** When it last said goodbye. */
  leftMs: number | null = null;
  /** What this device believes of the others, by device id: kept from its events. */
  readonly believes = new Map<string, { state: PeerState; detail: string; epoch: number }>();
  readonly #options: DeviceOptions;
  readonly #roster: Roster;
  #mesh: Mesh | null = null;
  #starts = 0;

  constructor(options: DeviceOptions) {
    this.#options = options;
    this.index = options.index;
    this.name = `n${options.index}`;
    this.identity = options.identity;
    this.process = this.#newProcess();
    this.#roster = memoryRoster(() => this.process.clocks().wallMs);
  }

  get id(): string {
    return this.identity.deviceId;
  }

  /** Its process runs, frozen or not, and has joined. */
  get isUp(): boolean {
    return this.#mesh !== null && this.process.state !== 'dead';
  }

  /** Starts a process. Resolves when it has joined; that takes no virtual time. */
  async start(): Promise<void> {
    const { loop, links, ports, join, rest, onEvent } = this.#options;
    if (this.process.state === 'dead') this.process = this.#newProcess();
    const { process } = this;
    process.rest = rest(this);
    this.boot = Math.max(this.boot + 1, Math.floor(process.clocks().wallMs));
    this.startedMs = loop.nowMs;
    this.believes.clear();
    loop.unsettled();
    const mesh = await Mesh.open({
      identity: this.identity,
      boot: this.boot,
      runtime: process,
      links: links.factoryFor(this),
      ports: ports(this),
    });
    this.#mesh = mesh;
    mesh.subscribe((event) => {
      if (this.process !== process) return;
      if (event.type === 'peer') this.#noteBelief(event);
      onEvent(this, event);
    });
    this.network = await mesh.join({ ...join, roster: this.#roster });
    loop.unsettled();
  }

  /** SIGKILL: no goodbye; the kernel closes its sockets. */
  kill(): void {
    this.process.kill();
    this.#options.links.release(this);
    this.#mesh = null;
    this.network = null;
  }

  /** Says goodbye; its sockets close a moment later. */
  async leave(): Promise<void> {
    this.leftMs = this.#options.loop.nowMs;
    this.#options.loop.unsettled();
    void this.#mesh?.close();
    await this.#options.loop.settle();
  }

  changeAddress(): void {
    this.address += 1;
    this.mapping += 1;
  }

  loseMapping(): void {
    this.mapping += 1;
  }

  #newProcess(): SimProcess {
    const { loop, rng, failed } = this.#options;
    this.#starts += 1;
    return new SimProcess(loop, rng.fork(`process ${this.#starts}`), (error) => failed(this, error));
  }

  #noteBelief({ peer, to }: Extract<MeshEvent, { type: 'peer' }>): void {
    if (to === 'gone') this.believes.delete(peer.deviceId);
    else this.believes.set(peer.deviceId, { state: to, detail: peer.detail, epoch: peer.epoch });
  }
}
