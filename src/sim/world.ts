/**
 * A world of real meshes on virtual time: simulated processes, links, relays and nets, and nothing else simulated.
 *
 * `advance(ms)` lets time pass for everybody. `freeze(who, ms)` lets it pass for everybody but those who are frozen. What
 * happens follows from the seed and from the order of these calls alone.
 */
import type { JoinOptions, MeshEvent } from '../mesh/api.js';
import { edges, type Topology } from '../mesh/topology.js';
import { DEFAULT_APP_ID, roomHandle } from '../signaling/room.js';
import { Device } from './device.js';
import { LinkNet } from './link-net.js';
import { Loop } from './loop.js';
import { type Conditions, Net, type ProcessHost } from './net.js';
import { Notary } from './notary.js';
import { SimRelay } from './relay.js';
import { TrafficRest } from './rest.js';
import { Rng } from './rng.js';
import { Trace } from './trace.js';
import { wordsOf } from './trace-words.js';
import { Truth } from './truth.js';

export interface WorldOptions {
  seed: string | number;
  /** At least 2. */
  nodes: number;
  /** Default 2. */
  relays?: number;
  /** Of an undisturbed way. Default 5 ms and 2 ms of jitter. */
  net?: Partial<Conditions>;
  /** By indices of devices; default: all with all. */
  topology?: (ids: string[]) => Topology;
  /** Nothing is put off, see rest.ts. Default false. */
  exact?: boolean;
  /** Default true: every device admits every other. */
  autoApprove?: boolean;
}

export interface Observer {
  event?(device: Device, event: MeshEvent): void;
  /** After each timer that fired, and all that followed from it. */
  stepped?(): void;
  /** Each simulated second. */
  second?(): void;
  /** A device has a new process. */
  started?(device: Device): void;
}

/** The answer to a ping that nobody has sent: it is heard, and nothing follows from it. */
const TRAFFIC = Buffer.from('{"kind":"pong","t":0}');
/** States of a peer that wait for the answer to a probe. */
const ASKING = new Set(['active.verifying', 'stale.probing']);
const NETWORK_ID = 'simulated';
const SECOND_MS = 1_000;

export class World {
  readonly loop = new Loop();
  readonly rng: Rng;
  readonly net: Net;
  readonly links: LinkNet;
  readonly notary = new Notary();
  readonly trace: Trace;
  readonly truth: Truth;
  readonly devices: Device[];
  readonly relays: SimRelay[];
  /** Errors that no part of a mesh may let out. */
  readonly thrown: string[] = [];
  readonly #options: WorldOptions;
  readonly #observers = new Set<Observer>();
  readonly #byId = new Map<string, Device>();
  readonly #rests = new Map<Device, TrafficRest>();
  /** The last answer of `#isAtRest`, and what it was an answer to. */
  readonly #atRest = new Map<Device, { version: number; isAtRest: boolean }>();
  /** The last answer of `linkedWith`, and what it was an answer to. */
  readonly #linked = new Map<Device, { version: number; hosts: ReadonlySet<ProcessHost> }>();
  readonly #waiting = new Map<Device, number>();
  #nextSecondMs = SECOND_MS;

  /** No device runs yet: `start` them. */
  constructor(options: WorldOptions) {
    this.#options = options;
    const { loop } = this;
    this.rng = new Rng(options.seed);
    this.trace = new Trace(() => loop.nowMs);
    this.truth = new Truth(() => loop.nowMs);
    this.net = new Net(loop, this.rng.fork('net'), options.net ?? {});
    this.links = new LinkNet(loop, this.net, this.rng.fork('links'));
    this.links.exact = options.exact === true;
    this.relays = Array.from({ length: options.relays ?? 2 }, (_, index) => this.#newRelay(`r${index}`));
    const identities = Array.from({ length: options.nodes }, (_, index) =>
      this.notary.newIdentity(this.rng.fork(`identity ${index}`), `n${index}`),
    );
    const topology = options.topology?.(identities.map(({ deviceId }) => deviceId)) ?? { kind: 'full_mesh' };
    const join: JoinOptions = {
      networkId: NETWORK_ID,
      relays: this.relays.map(({ url }) => url),
      autoApprove: options.autoApprove ?? true,
      topology,
    };
    this.devices = identities.map((identity, index) => this.#newDevice(index, identity, join));
    for (const device of this.devices) this.#byId.set(device.id, device);
    const ids = identities.map(({ deviceId }) => deviceId);
    this.#wanted = this.devices.map(({ id }) => ids.map(edges(topology, id, ids)));
  }

  readonly #wanted: boolean[][];

  readonly room = roomHandle(DEFAULT_APP_ID, NETWORK_ID);

  get nowMs(): number {
    return this.loop.nowMs;
  }

  observe(observer: Observer): void {
    this.#observers.add(observer);
  }

  deviceOf(id: string): Device | undefined {
    return this.#byId.get(id);
  }

  /** The name of a device in this world; of anybody else the first letters of the id. */
  nameOf(id: string): string {
    return this.#byId.get(id)?.name ?? `?${id.slice(0, 6)}`;
  }

  // Time

  async advance(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    while (this.nowMs < endMs) {
      await this.loop.advance(Math.min(endMs, this.#nextSecondMs) - this.nowMs, () => this.#stepped());
      if (this.nowMs < this.#nextSecondMs) continue;
      this.#nextSecondMs += SECOND_MS;
      for (const observer of this.#observers) observer.second?.();
    }
  }

  /** Time passes for all but these. */
  async freeze(who: Device | readonly Device[], ms: number): Promise<void> {
    const frozen = 'id' in who ? [who] : who;
    await this.disturb();
    for (const { process } of frozen) process.freeze();
    await this.advance(ms);
    for (const { process } of frozen) process.thaw();
  }

  /** Lets time pass until it holds; returns how long that took, or null when it did not within the bound. */
  async until(condition: () => boolean, boundMs: number, stepMs = 50): Promise<number | null> {
    const startedMs = this.nowMs;
    while (!condition()) {
      if (this.nowMs - startedMs >= boundMs) return null;
      await this.advance(Math.min(stepMs, boundMs - (this.nowMs - startedMs)));
    }
    return this.nowMs - startedMs;
  }

  // Devices

  async start(device: Device): Promise<void> {
    await this.disturb();
    await device.start();
    await this.loop.settle();
    this.trace.add(device.name, `started, boot ${device.boot}`);
    for (const observer of this.#observers) observer.started?.(device);
  }

  /** SIGKILL: its kernel closes its sockets to relays, its peers hear nothing. */
  async kill(device: Device): Promise<void> {
    await this.disturb();
    for (const relay of this.relays) for (const wire of relay.wiresOf(device)) wire.clientDied();
    device.kill();
  }

  /** SIGTERM: says goodbye to everybody. */
  async stop(device: Device): Promise<void> {
    await this.disturb();
    await device.leave();
    await this.loop.advance(0, () => this.#stepped());
    for (const relay of this.relays) for (const wire of relay.wiresOf(device)) wire.clientDied();
    device.kill();
  }

  /** Another address: the sockets that it has are bound to the old one. Call `disturb` before. */
  changeAddress(device: Device): void {
    device.changeAddress();
    for (const relay of this.relays) for (const wire of relay.wiresOf(device)) wire.silence();
  }

  loseMapping(device: Device): void {
    device.loseMapping();
  }

  /** It waits for something that its sweeps count out, so it may not rest; call `done` when it does not any more. */
  waits(device: Device): { done(): void } {
    const change = (by: number) => {
      this.#waiting.set(device, (this.#waiting.get(device) ?? 0) + by);
      this.links.version += 1;
    };
    change(1);
    device.process.endRest();
    return { done: () => change(-1) };
  }

  /** Do packets get lost while nothing is wrong? */
  get isLossy(): boolean {
    return (this.#options.net?.loss ?? 0) > 0;
  }

  // Troubles

  /** Call before anything is changed from outside: devices that were at rest go on as if they had not been. */
  async disturb(): Promise<void> {
    for (const { process } of this.devices) process.endRest();
    this.links.endRest();
    await this.loop.advance(0, () => this.#stepped());
  }

  // Pairs

  wants(a: Device, b: Device): boolean {
    return a !== b && this.#wanted[a.index]![b.index]!;
  }

  /** Pairs that the topology wants, the smaller index first. */
  *wantedPairs(): Generator<[Device, Device]> {
    for (const a of this.devices) for (const b of this.devices) if (a.index < b.index && this.wants(a, b)) yield [a, b];
  }

  /** Both believe that the other is there, and a link between them carries in both directions. */
  areActive(a: Device, b: Device): boolean {
    if (!isCalm(a, b) || !isCalm(b, a)) return false;
    for (const link of this.links.linksOf(a)) if (link.carries && link.far?.host === b && link.far.carries) return true;
    return false;
  }

  /** Is there a link that is open at both ends? */
  areLinked(a: Device, b: Device): boolean {
    return this.linkedWith(a).has(b);
  }

  /** Hosts at the other ends of links that are open at both. */
  linkedWith(a: Device): ReadonlySet<ProcessHost> {
    const { version } = this.links;
    const known = this.#linked.get(a);
    if (known?.version === version) return known.hosts;
    const hosts = new Set<ProcessHost>();
    for (const { isOpen, far } of this.links.linksOf(a)) if (isOpen && far?.isOpen) hosts.add(far.host);
    this.#linked.set(a, { version, hosts });
    return hosts;
  }

  converged(): boolean {
    for (const [a, b] of this.wantedPairs()) if (!this.areActive(a, b)) return false;
    return true;
  }

  /** Nothing is wrong between them now. */
  isWhole(a: Device, b: Device): boolean {
    return a.process.runs && b.process.runs && this.truth.calmMs(a.index, b.index) > 0 && !this.net.isDisturbed(a, b);
  }

  // Inside

  #stepped(): void {
    for (const observer of this.#observers) observer.stepped?.();
  }

  #newRelay(name: string): SimRelay {
    const { loop, net, notary } = this;
    return new SimRelay({ name, loop, net, isGenuine: (event) => notary.events.isGenuine(event), published: () => {} });
  }

  #newDevice(index: number, identity: Device['identity'], join: JoinOptions): Device {
    return new Device({
      index,
      identity,
      loop: this.loop,
      rng: this.rng.fork(`device ${index}`),
      links: this.links,
      ports: (host) => ({
        dial: (url, facts) => {
          const relay = this.relays.find((each) => each.url === url);
          if (!relay) throw new Error(`no relay at ${url}`);
          return relay.dial(host, facts);
        },
        seal: this.notary.events,
        verify: this.notary.verify,
      }),
      join,
      rest: (device) => this.#newRest(device),
      onEvent: (device, event) => this.#heard(device, event),
      failed: (device, error) => this.thrown.push(`${device.name}: ${error instanceof Error ? error.stack : error}`),
    });
  }

  #newRest(device: Device): TrafficRest {
    const rest = new TrafficRest({
      exact: this.#options.exact === true,
      isAsking: () => [...device.believes.values()].some(({ detail }) => ASKING.has(detail)),
      isAtRest: () => this.#isAtRest(device),
      hearTraffic: () => this.#hearTraffic(device),
    });
    this.#rests.set(device, rest);
    return rest;
  }

  #isAtRest(device: Device): boolean {
    const { version } = this.links;
    const known = this.#atRest.get(device);
    if (known?.version === version) return known.isAtRest;
    const isAtRest = this.#findsRest(device);
    this.#atRest.set(device, { version, isAtRest });
    return isAtRest;
  }

  #findsRest(device: Device): boolean {
    if ((this.#waiting.get(device) ?? 0) > 0) return false;
    const linked = new Set<string>();
    for (const link of this.links.linksOf(device)) {
      const far = link.far?.host;
      if (!(far instanceof Device) || !this.#flows(device, far, link.far?.far === link)) return false;
      if (!link.carries || !link.far?.carries || !this.links.wouldAnswer(link)) return false;
      linked.add(far.id);
    }
    for (const [id, { detail }] of device.believes) {
      if (!linked.has(id) && !(detail === 'sighted.placeholder' && this.#isThere(id))) return false;
    }
    return device.believes.size > 0;
  }

  /** A device that announces itself again before the sight of it is forgotten. */
  #isThere(id: string): boolean {
    const device = this.#byId.get(id);
    return device?.isUp === true && device.process.runs;
  }

  #flows(a: Device, b: Device, isPair: boolean): boolean {
    return isPair && isCalm(a, b) && isCalm(b, a) && this.isWhole(a, b);
  }

  #hearTraffic(device: Device): void {
    for (const link of [...this.links.linksOf(device)]) {
      const far = link.far?.host;
      if (!(far instanceof Device) || !link.carries || !link.far?.carries) continue;
      if (this.#flows(device, far, link.far.far === link) && this.links.wouldAnswer(link)) link.hear(TRAFFIC);
    }
  }

  #heard(device: Device, event: MeshEvent): void {
    if (event.type === 'announced' && event.reason !== 'relay-admitted') this.#rests.get(device)?.announced();
    if (event.type === 'peer') this.links.version += 1;
    if (event.type === 'peer' && !isCalmDetail(event.peer.detail)) {
      device.process.endRest();
      this.#byId.get(event.peer.deviceId)?.process.endRest();
    }
    this.#tellTrace(device, event);
    for (const observer of this.#observers) observer.event?.(device, event);
  }

  #tellTrace(device: Device, event: MeshEvent): void {
    const text = wordsOf(event, (id) => this.nameOf(id));
    if (text !== null) this.trace.add(device.name, text);
  }
}

function isCalmDetail(detail: string): boolean {
  return detail === 'active.steady'; // a shelved link is counted out tick by tick
}

function isCalm(a: Device, b: Device): boolean {
  return isCalmDetail(a.believes.get(b.id)?.detail ?? '');
}
