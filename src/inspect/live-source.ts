/**
 * A running mesh as a source of messages. It observes nothing while nobody watches; a viewer that comes late is told of
 * every live actor as it is now. No observer may throw, since a throw would surface in the machine that is observed.
 */
import type { AnyActorRef } from 'xstate';
import type { MeshEvent, Network, PeerInfo } from '../mesh/api.js';
import type { Runtime } from '../runtime.js';
import { Audience } from './audience.js';
import { Broadcast } from './broadcast.js';
import { Delays } from './delays.js';
import { Marks } from './marks.js';
import { DROPPED, type LogMessage, type MeshMessage, type ViewerRequest } from './messages.js';
import { cleanText } from './sanitize.js';
import type { Source, Viewer } from './source.js';
import { SystemWatch } from './system-watch.js';
import { peerViewOf, relayViewOf } from './views.js';
import { actorMessage, eventMessage, snapshotMessage, snapshotOf } from './wire.js';

const TICK_MS = 1_000;
const DELAYS_MS = 100;
/** Actors that a new viewer is told of in one go: their charts are long texts. */
const BATCH = 25;
const MAX_PER_SECOND = 2_000;
/** A step of the wall clock moves our times at once, its jitter does not. */
const CLOCK_STEP_MS = 50;

export interface WatchedMesh {
  readonly deviceId: string;
  networks(): Network[];
  /** The root of each network's actors, by network id. */
  roots(): ReadonlyMap<string, AnyActorRef>;
  subscribe(handler: (event: MeshEvent) => void): () => void;
}

export interface LiveSourceOptions {
  mesh: WatchedMesh;
  /** What the device calls itself. */
  label(): string;
  version: string;
  runtime: Runtime;
  /** Calls back with each line of the log until the returned function is called. */
  watchLog?(sink: (line: LogMessage) => void): () => void;
  /** Messages about machines in a second; what exceeds it is counted and left out. Default 2,000. */
  maxPerSecond?: number;
}

export class LiveSource implements Source {
  readonly #options: LiveSourceOptions;
  readonly #out: Broadcast;
  readonly #delays = new Delays();
  #marks = new Marks(() => {});
  readonly #watches = new Map<string, SystemWatch>();
  /** What was last told of each peer, by network and device. */
  readonly #told = new Map<string, string>();
  /** Wall clock less monotonic clock. */
  #offsetMs = 0;
  #unsubscribe: (() => void)[] = [];

  constructor(options: LiveSourceOptions) {
    this.#options = options;
    this.#out = new Broadcast(options.maxPerSecond ?? MAX_PER_SECOND);
  }

  /** Networks that are observed: 0 while nobody watches. */
  get observed(): number {
    return this.#watches.size;
  }

  connect(viewer: Viewer): () => void {
    if (this.#out.audiences.size === 0) this.#attach();
    this.#tellPeers(); // whoever watches already must not miss what the newcomer is told
    const audience = new Audience(viewer);
    this.#out.audiences.add(audience);
    audience.tell(JSON.stringify(this.#meshMessage()));
    this.#introduceAll(audience);
    return () => {
      if (this.#out.audiences.delete(audience) && this.#out.audiences.size === 0) this.#detach();
    };
  }

  async answer(request: ViewerRequest): Promise<void> {
    const network = this.#options.mesh.networks().find(({ id }) => id === request.network);
    if (!network) throw new Error(`no network ${request.network} is joined`);
    if (request.op === 'approve') await network.approve(request.device, request.label);
    else await network.remove(request.device);
  }

  #attach(): void {
    const { mesh, watchLog } = this.#options;
    this.#offsetMs = this.#readOffset();
    this.#marks = new Marks((mark) => this.#out.tell(mark));
    this.#out.refill();
    this.#follow();
    this.#unsubscribe = [
      mesh.subscribe((event) => this.#meshTold(event)),
      this.#every(TICK_MS, () => this.#tick()),
      this.#every(DELAYS_MS, () => this.#tellDelays()),
      ...(watchLog ? [watchLog((line) => this.#out.tell(line))] : []),
    ];
  }

  #detach(): void {
    for (const end of this.#unsubscribe.splice(0)) end();
    for (const watch of this.#watches.values()) watch.close();
    this.#watches.clear();
    this.#told.clear();
    this.#delays.clear();
  }

  #tick(): void {
    const offsetMs = this.#readOffset();
    if (Math.abs(offsetMs - this.#offsetMs) > CLOCK_STEP_MS) this.#offsetMs = offsetMs;
    this.#out.refill();
    if (this.#follow()) this.#out.tell(this.#meshMessage());
    for (const audience of this.#out.audiences) {
      this.#sayGone(audience);
      this.#repeatMissed(audience);
      this.#introduceAll(audience);
    }
    this.#tellPeers();
  }

  /** Watches the networks that are joined now; `true` when they are others than before. */
  #follow(): boolean {
    const { mesh } = this.#options;
    const roots = mesh.roots();
    let changed = false;
    for (const [id, watch] of this.#watches) {
      if (roots.get(id) === watch.root) continue;
      watch.close();
      this.#watches.delete(id);
      changed = true;
    }
    for (const network of mesh.networks()) {
      const root = roots.get(network.id);
      if (!root || this.#watches.has(network.id)) continue;
      this.#watches.set(network.id, this.#watch(network, root));
      changed = true;
    }
    return changed;
  }

  #watch(network: Network, root: AnyActorRef): SystemWatch {
    return new SystemWatch({
      network,
      root,
      out: this.#out,
      marks: this.#marks,
      delays: this.#delays,
      nowMs: () => this.#nowMs(),
    });
  }

  // Actors

  #introduceAll(audience: Audience): void {
    let left = BATCH;
    for (const watch of this.#watches.values()) {
      for (const actor of watch.living()) {
        if (audience.knows(actor)) continue;
        if (left === 0) return this.#options.runtime.afterIoTurn(() => this.#goOn(audience));
        left -= 1;
        // Who reads too slowly is told the rest at the next tick.
        if (!audience.introduce(actor, JSON.stringify(actorMessage(actor, this.#nowMs())))) return;
        this.#delays.touch(actor, null);
      }
    }
  }

  #goOn(audience: Audience): void {
    if (this.#out.audiences.has(audience)) this.#introduceAll(audience);
  }

  /** An actor that is stopped from outside says nothing. */
  #sayGone(audience: Audience): void {
    const living = new Set([...this.#watches.values()].flatMap((watch) => [...watch.living()]));
    for (const actor of audience.strangersTo(living)) {
      const snapshot = { ...snapshotOf(actor), status: 'stopped' } as const;
      audience.tell(JSON.stringify(snapshotMessage(actor, STOPPED, snapshot, this.#nowMs())));
      audience.forget(actor);
    }
  }

  /** The marker, and everything as it is now of which something was left out. */
  #repeatMissed(audience: Audience): void {
    const [first] = this.#watches.values();
    if (!first) return;
    const nowMs = this.#nowMs();
    const marker = (count: number) => ({ type: DROPPED, count });
    const missed = audience.resume((dropped) =>
      JSON.stringify(eventMessage(first.root, marker(dropped), undefined, nowMs)),
    );
    if (missed?.picture) audience.tell(JSON.stringify(this.#meshMessage()));
    for (const actor of missed?.actors ?? []) {
      audience.tell(JSON.stringify(snapshotMessage(actor, marker(0), snapshotOf(actor), nowMs)), actor);
    }
  }

  #tellDelays(): void {
    if (this.#delays.isEmpty) return;
    for (const { actor, message } of this.#delays.take(this.#nowMs())) this.#out.tellOf(actor, () => message);
  }

  // Peers and relays

  #meshMessage(): MeshMessage {
    const { mesh, label, version } = this.#options;
    return {
      type: 'wakemesh.mesh',
      atMs: this.#nowMs(),
      source: 'live',
      device: mesh.deviceId,
      label: label(),
      version,
      networks: [...this.#watches.values()].map(({ network, root }) => ({
        id: network.id,
        sessionId: root.sessionId,
        peers: network.peers().map((peer) => this.#peerView(network, peer)),
        relays: network.relays().map(relayViewOf),
      })),
    };
  }

  #meshTold(event: MeshEvent): void {
    const nowMs = this.#nowMs();
    const network = this.#watches.get(event.network)?.network;
    if (!network) return;
    if ('peer' in event) this.#tellPeer(network, event.peer);
    if (event.type === 'relay') {
      const { relay, reason } = event;
      const about = { type: 'wakemesh.relay', atMs: nowMs, network: network.id } as const;
      this.#out.tell({ ...about, relay: relayViewOf(relay), reason: cleanText(reason) });
    }
    if (event.type === 'recovered' && event.via === 'rebuild') this.#markLayers(event.network, event.peer);
    this.#marks.meshTold(event, nowMs);
  }

  /** Of the new session; while it was a candidate beside the old one, nobody could be asked about it. */
  #markLayers(network: string, { deviceId, link }: PeerInfo): void {
    const wallMs = (monoMs: number | null) => (monoMs === null ? null : this.#offsetMs + monoMs);
    if (link) this.#marks.layersUp(network, deviceId, wallMs(link.upAtMonoMs.ice), wallMs(link.upAtMonoMs.dtls));
  }

  #tellPeers(): void {
    for (const { network } of this.#watches.values()) for (const peer of network.peers()) this.#tellPeer(network, peer);
  }

  /** Nothing when it has been told already. */
  #tellPeer(network: Network, info: PeerInfo): void {
    const peer = this.#peerView(network, info);
    const key = `${network.id} ${peer.device}`;
    const text = JSON.stringify(peer);
    if (this.#told.get(key) === text) return;
    if (peer.state === 'gone') this.#told.delete(key);
    else this.#told.set(key, text);
    this.#out.tell({ type: 'wakemesh.peer', atMs: this.#nowMs(), network: network.id, peer });
  }

  #peerView(network: Network, peer: PeerInfo) {
    const actor = this.#watches.get(network.id)?.peerActor(peer.deviceId);
    const { reason = '' } = (actor ? snapshotOf(actor).context : {}) as { reason?: string };
    const lastFrameAtMs = peer.lastFrameAgoMs === null ? null : Math.round(this.#nowMs() - peer.lastFrameAgoMs);
    return peerViewOf(peer, { sessionId: actor?.sessionId ?? '', reason, lastFrameAtMs });
  }

  // Time

  /** The wall clock, as it was when we looked: a reading of one clock for all that is compared. */
  #nowMs(): number {
    return this.#offsetMs + this.#options.runtime.monoMs();
  }

  #readOffset(): number {
    const { wallMs, monoMs } = this.#options.runtime.clocks();
    return wallMs - monoMs;
  }

  /** Returns what ends it. */
  #every(intervalMs: number, work: () => void): () => void {
    const { runtime } = this.#options;
    let timer: unknown;
    const arm = () => {
      timer = runtime.setTimeout(() => {
        arm();
        work();
      }, intervalMs);
    };
    arm();
    return () => runtime.clearTimeout(timer);
  }
}

const STOPPED = { type: 'xstate.stop' };
