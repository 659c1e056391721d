/** One joined network: node actor, peers, signaling and channels put together. */
import type { Logger } from 'pino';
import type { ActorRefFrom } from 'xstate';
import type { nodeMachine } from '../../machines/node.js';
import { encodeBase32 } from '../identity/base32.js';
import type { Identity } from '../identity/identity.js';
import { barePeerId } from '../identity/keys.js';
import type { LinkFactory, LinkFacts } from '../link/link.js';
import type { Capabilities, CapabilityAdvert } from '../protocol/frames.js';
import type { Runtime } from '../runtime.js';
import { createSignaling } from '../signaling/network-signaling.js';
import type { SignalingPorts } from '../signaling/ports.js';
import type { OutgoingSignal, Signaling } from '../signaling/signaling.js';
import type { Inspect } from './actors.js';
import { type JoinOptions, MeshError, type MeshEvent, type Network, type PeerInfo, type SendOutcome } from './api.js';
import { Application } from './application.js';
import { BuildGate } from './build-gate.js';
import type { GovernanceView } from './governance.js';
import { Listeners } from './listeners.js';
import { Membership } from './membership.js';
import type { NetworkCore } from './network-core.js';
import { createNode, type NetworkNodeHost } from './network-node.js';
import { checkCapabilities } from './own-capabilities.js';
import { PathAdvice } from './path-advice.js';
import { bindPeerMachine } from './peer-effects.js';
import { MAX_PEERS, PeerTable } from './peer-table.js';
import { requireDeviceId } from './require.js';
import type { Roster } from './roster.js';
import { Shape } from './shape.js';
import { SignalIntake } from './signal-intake.js';
import type { Topology } from './topology.js';
import { whenReady } from './when-ready.js';

export interface NetworkOptions extends JoinOptions {
  room: string;
  roster: Roster;
  identity: Identity;
  boot: number;
  /** One counter for all networks of the mesh: a network that is joined again goes on where it stopped. */
  nextSeq(): number;
  appVersion: string;
  runtime: Runtime;
  ports: SignalingPorts;
  links: LinkFactory;
  log: Logger;
  inspect?: Inspect;
  onEvent(event: MeshEvent): void;
  onLeft(): void;
}

export class JoinedNetwork implements Network, NetworkCore {
  readonly id: string;
  readonly room: string;
  readonly roster: Roster;
  readonly gates = { offers: new BuildGate(), answers: new BuildGate() };
  readonly identity: Identity;
  readonly boot: number;
  readonly appVersion: string;
  readonly runtime: Runtime;
  readonly ports: SignalingPorts;
  readonly #options: NetworkOptions;
  readonly log: Logger;
  readonly root: ActorRefFrom<typeof nodeMachine>;
  readonly #peers: PeerTable;
  readonly #signaling: Signaling;
  readonly #shape: Shape;
  readonly application: Application;
  readonly membership: Membership;
  readonly advice: PathAdvice;
  readonly #listeners: Listeners<MeshEvent>;
  readonly #intake: SignalIntake;
  #capabilities: CapabilityAdvert;
  readonly #end = new AbortController();
  #left: Promise<void> | null = null;

  constructor(options: NetworkOptions) {
    this.#options = options;
    this.id = options.networkId;
    this.room = options.room;
    this.roster = options.roster;
    this.identity = options.identity;
    this.boot = options.boot;
    this.appVersion = options.appVersion;
    this.runtime = options.runtime;
    this.#capabilities = checkCapabilities({ app_version: options.appVersion });
    this.ports = options.ports;
    this.log = options.log.child({ network: this.id });
    this.advice = new PathAdvice(options, (event) => this.tell(event));
    this.#listeners = new Listeners((error) => this.failed('subscriber', error));
    this.#shape = new Shape({
      me: this.identity.deviceId,
      topology: options.topology ?? { kind: 'full_mesh' },
      dialsByItself: !options.silent && !options.listenOnly,
      peers: () => this.#peers.all(),
      isRostered: (id) => this.roster.has(id),
    });
    const nodeHost: NetworkNodeHost = {
      peers: () => this.#peers.all(),
      signaling: () => this.#signaling,
      addresses: () => options.links.addresses(options.loopbackOnly ?? false),
      swept: () => {
        this.#shape.regroup();
        this.application.sweep();
      },
      announce: (form, reason) => this.#announce(form, reason),
    };
    this.root = createNode(this, nodeHost, options.inspect);
    this.membership = new Membership(
      {
        deviceId: this.identity.deviceId,
        networkId: this.id,
        roster: this.roster,
        autoApprove: options.autoApprove ?? false,
        silent: options.silent ?? false,
        gossip: options.gossip ?? true,
      },
      {
        send: (deviceId, frame) => this.#peers.get(deviceId)?.carrier()?.send(frame),
        members: () => this.#peers.idsOf((peer) => peer.state === 'active'),
        admit: (deviceId) => this.#peers.get(deviceId)?.send({ type: 'APPROVE' }),
        rostered: (devices, by) => this.tell({ type: 'rostered', network: this.id, devices, by }),
        failed: (error) => this.failed('roster', error),
      },
    );
    this.application = new Application({
      runtime: this.runtime,
      membership: this.membership,
      parent: this.root,
      transmit: (deviceId, frame) => this.#transmit(deviceId, frame),
      carrierTo: (deviceId) => this.#peers.get(deviceId)?.carrier(),
      audience: () => this.#peers.idsOf((peer) => peer.isInAudience),
      onError: (error) => this.failed('subscriber', error),
      me: this.identity.deviceId,
      topology: () => this.#shape.topology,
      connected: () => this.#peers.idsOf((peer) => peer.hasSession),
    });
    this.#peers = new PeerTable({
      core: this,
      machine: bindPeerMachine({
        runtime: this.runtime,
        host: (id) => this.#peers.get(id),
        seek: () => this.#seek(),
        reflect: (fresh) => this.root.send({ type: 'ANNOUNCE', reason: 'reflection', fresh }),
        failed: (what, error, deviceId) => this.failed(what, error, deviceId),
      }),
      parent: this.root,
      shapeOf: (id) => this.#shape.of(id),
      broke: (id, error) => this.log.error({ peer: id, err: error }, 'peer machine failed: session dropped'),
    });
    this.#intake = new SignalIntake(this.runtime, this.#peers, this.application.shunned);
    this.#signaling = createSignaling({
      identity: this.identity,
      boot: this.boot,
      nextSeq: () => options.nextSeq(),
      room: this.room,
      relays: options.relays,
      fallbackRelays: options.fallbackRelays ?? [],
      // Whoever is on the local network is seen there: it cannot only listen.
      ...(options.lan && !options.listenOnly && { lan: { loopbackOnly: options.loopbackOnly ?? false } }),
      runtime: this.runtime,
      ports: this.ports,
      parent: this.root,
      log: this.log,
      facts: {
        signal: (signal) => this.#intake.take(signal),
        relayAdmitted: (url) => this.root.send({ type: 'RELAY_ADMITTED', url }),
        relayAnswered: () => this.root.send({ type: 'RELAY_ANSWERED' }),
        relayChanged: (relay, reason) => this.tell({ type: 'relay', network: this.id, relay, reason }),
      },
    });
    for (const id of options.pinned ?? []) this.pin(id);
  }

  get networkId(): string {
    return this.id;
  }

  // What an embedder uses

  peers(): PeerInfo[] {
    return this.#peers.all().map((peer) => peer.info());
  }

  peer(deviceId: string): PeerInfo | undefined {
    return this.#peers.get(barePeerId(deviceId))?.info();
  }

  relays() {
    return this.#signaling.relays();
  }

  channel<T = unknown>(name: string) {
    return this.application.channels.channel<T>(name);
  }

  get rpc() {
    return this.application.rpc;
  }

  setCapabilities(capabilities: Capabilities): void {
    this.#capabilities = checkCapabilities(capabilities);
    for (const peer of this.#peers.all()) peer.tellCapabilities();
  }

  async approve(deviceId: string, label?: string): Promise<void> {
    const id = requireDeviceId(deviceId);
    this.application.shunned.forgive(id);
    await this.membership.approve(id, label ?? this.#peers.get(id)?.info().label ?? '');
    const peer = this.#peers.get(id);
    if (peer) peer.send({ type: 'APPROVE' });
    else this.#seek(); // whoever was sent away does not call by itself
  }

  async remove(deviceId: string): Promise<void> {
    const id = requireDeviceId(deviceId);
    await this.membership.remove(id);
    this.#peers.get(id)?.send({ type: 'REMOVE' });
  }

  governance(): GovernanceView {
    return this.membership.governance;
  }

  get topology(): Topology {
    return this.#shape.topology;
  }

  set topology(topology: Topology) {
    this.#shape.topology = topology;
  }

  dial(deviceId: string): void {
    const id = requireDeviceId(deviceId);
    if (this.#left) throw new MeshError('closed', `network ${this.id} has been left`);
    if (id === this.identity.deviceId) throw new MeshError('bad-device-id', `"${deviceId}" is this device itself`);
    this.application.shunned.forgive(id);
    const peer = this.#peers.take(id, true);
    if (!peer) throw new MeshError('too-many-peers', `network ${this.id}: ${MAX_PEERS} peers are connected already`);
    peer.send({ type: 'DIAL' });
    this.#seek();
  }

  pin(deviceId: string): void {
    this.#shape.pin(requireDeviceId(deviceId));
    this.dial(deviceId);
  }

  unpin(deviceId: string): void {
    this.#shape.unpin(requireDeviceId(deviceId));
  }

  subscribe(handler: (event: MeshEvent) => void): () => void {
    return this.#listeners.add(handler);
  }

  events(): AsyncIterableIterator<MeshEvent> {
    return this.#listeners.read();
  }

  suspend(): void {
    this.root.send({ type: 'SUSPEND' });
  }

  resume(): void {
    this.root.send({ type: 'RESUME' });
  }

  networkChanged(): void {
    this.root.send({ type: 'NETWORK_CHANGED' });
  }

  reconnect(deviceId?: string): void {
    if (deviceId === undefined) return this.root.send({ type: 'RECONNECT' });
    const peer = this.#peers.get(requireDeviceId(deviceId));
    if (peer?.hasSession) peer.send({ type: 'RENEW', reason: 'reconnect' });
    else this.dial(deviceId);
  }

  whenReady(options: { peer?: string; signal?: AbortSignal } = {}): Promise<void> {
    return whenReady(this, options, this.#end.signal);
  }

  leave(): Promise<void> {
    this.#left ??= this.#leave();
    return this.#left;
  }

  async #leave(): Promise<void> {
    // The goodbye first: a channel that closes unannounced looks like a fault and would be dialled again.
    if (!this.#options.listenOnly) this.publish({ kind: 'leave' });
    this.#intake.close();
    this.application.close();
    this.#end.abort(new MeshError('closed', `network ${this.id} has been left`));
    await this.#signaling.close();
    for (const peer of this.#peers.all()) peer.send({ type: 'CLOSE' });
    this.root.stop();
    this.#listeners.close();
    this.#options.onLeft();
  }

  // What peers and their sessions use

  createLink(facts: LinkFacts) {
    const { links, iceServers, loopbackOnly } = this.#options;
    return links.create({ facts, iceServers: iceServers ?? [], loopbackOnly: loopbackOnly ?? false });
  }

  newNegotiation(): string {
    return encodeBase32(this.runtime.randomBytes(8));
  }

  publish(message: OutgoingSignal): void {
    this.#signaling.publish(message);
  }

  isPinned(deviceId: string): boolean {
    return this.#shape.isPinned(deviceId);
  }

  capabilities(): CapabilityAdvert {
    return this.#capabilities;
  }

  tell(event: MeshEvent): void {
    if (event.type === 'peer') this.application.peerChanged(event);
    this.#listeners.tell(event);
    this.#options.onEvent(event);
  }

  failed(what: string, error: unknown, deviceId?: string): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.log.debug({ ...(deviceId && { peer: deviceId }), what, reason }, 'failed');
  }

  /** Asks the room for a sign of life. */
  #seek(): void {
    this.root.send({ type: 'ANNOUNCE', reason: 'seek', fresh: false });
  }

  #transmit(deviceId: string, frame: string): SendOutcome {
    const peer = this.#peers.get(barePeerId(deviceId));
    return peer ? peer.transmit(frame) : { status: 'refused', reason: 'unknown-peer' };
  }

  #announce(form: { reflection: boolean; relay?: string }, reason: string): void {
    if (this.#options.listenOnly) return;
    this.publish({ kind: 'announce', ...form });
    this.tell({ type: 'announced', network: this.id, reason });
  }
}
