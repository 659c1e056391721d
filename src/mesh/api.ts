/** The shapes an embedder (and our own daemon) sees. Protocol state lives in the actors; these are read-only views. */
import type { Logger } from 'pino';
import type { Identity } from '../identity/identity.js';
import type { IceServer, LinkFactory, LinkStats } from '../link/link.js';
import type { PathKind } from '../link/path-kind.js';
import type { Capabilities, CapabilityAdvert } from '../protocol/frames.js';
import type { Runtime } from '../runtime.js';
import type { SignalingPorts } from '../signaling/ports.js';
import type { RelayStatus } from '../signaling/signaling.js';
import type { Inspect } from './actors.js';
import type { GovernanceView } from './governance.js';
import type { Roster } from './roster.js';
import type { Rpc } from './rpc-api.js';
import type { Topology } from './topology.js';

export type { Capabilities, CapabilityAdvert, Topology };

export interface MeshOptions {
  /** Who we are. Without one a fresh identity is made that lives as long as the mesh. */
  identity?: Identity;
  /** Boot id of this process: larger at each start of the same device. Default: the wall clock. */
  boot?: number;
  log?: Logger;
  runtime?: Runtime;
  links?: LinkFactory;
  ports?: SignalingPorts;
  /** Hears of every actor of every network, as xstate tells it: what `createInspector` of @statelyai/inspect returns. */
  inspect?: Inspect;
}

export interface JoinOptions {
  /** 3..64 of `[a-z0-9_-]`; trimmed and lower-cased. */
  networkId: string;
  /** `ws://` or `wss://` relay addresses, all of which are kept connected. At least one, unless `lan` is set. */
  relays: string[];
  /** Asked as well while none of `relays` has admitted us for 21 s, and left when one does. Default: none. */
  fallbackRelays?: string[];
  /** Meet on the local network too, by mDNS; with `loopbackOnly` on this machine alone. Default false. */
  lan?: boolean;
  /** Admit every device that proves its key. Default false: only rostered ones, others wait for `approve`. */
  autoApprove?: boolean;
  roster?: Roster;
  /** Members tell each other whom they have rostered, and all admit them; with `silent` this one tells nothing. Default true. */
  gossip?: boolean;
  iceServers?: IceServer[];
  /** Use loopback addresses only. Default false. */
  loopbackOnly?: boolean;
  /** Signaling namespace; must be the same on all devices. Default: upstream's. */
  appId?: string;
  /** Which devices are connected with which; the same on all devices. Default: all with all. */
  topology?: Topology;
  /** Devices that are dialled now and at each announce, and kept, whatever the topology. */
  pinned?: string[];
  /** Devices are seen and listed, and dialled only by `dial` or `pin`. Whoever dials us is answered. Default false. */
  silent?: boolean;
  /** Like `silent`, and the room is never told that we are here or leave: others see us when we dial them. Default false. */
  listenOnly?: boolean;
}

export type PeerState = 'sighted' | 'handshaking' | 'active' | 'stale' | 'gone';
/** How a silent session came back. */
export type RecoveredVia = 'frame' | 'probe' | 'restart' | 'rebuild';

export interface PeerInfo {
  deviceId: string;
  label: string;
  state: PeerState;
  /** `sighted.offering`, `handshaking.awaitingApproval`, `stale.probing`, … */
  detail: string;
  /** 0 = no session yet; grows with each rebuilt session. */
  epoch: number;
  authenticated: boolean;
  approvedByUs: boolean;
  approvedByThem: boolean;
  /** The topology can do without this link, in our eyes or in the peer's: what goes to all does not go over it. */
  shelvedByUs: boolean;
  shelvedByThem: boolean;
  pinned: boolean;
  /** Verification codes of this session, null before they are known. */
  codeSent: string | null;
  codeReceived: string | null;
  rttMs: number | null;
  /** Milliseconds since the last frame, null when none came yet. */
  lastFrameAgoMs: number | null;
  /** What the device says about itself, null before its hello. */
  capabilities: CapabilityAdvert | null;
  /** Does it sign its signaling (Wakemesh), or not (upstream)? */
  signs: boolean;
  link: LinkStats | null;
  /** From address to address, through a NAT, or by way of a TURN server; null without a path. */
  path: PathKind | null;
  /** The last attempt to connect found no path that works without a TURN server. */
  needsTurn: boolean;
}

/** Every change of a peer, with its reason. `network` is the normalised network id. */
export type MeshEvent =
  | { type: 'peer'; network: string; peer: PeerInfo; from: PeerState | null; to: PeerState; reason: string }
  | { type: 'authenticated'; network: string; peer: PeerInfo; code: string; rostered: boolean }
  | { type: 'recovered'; network: string; peer: PeerInfo; ms: number; via: RecoveredVia }
  | { type: 'shelved' | 'unshelved'; network: string; peer: PeerInfo; byUs: boolean }
  /** The peer says something new about itself: `peer.capabilities`. */
  | { type: 'capabilities'; network: string; peer: PeerInfo }
  /** Devices that are rostered now because another member, `by`, said so. */
  | { type: 'rostered'; network: string; devices: string[]; by: string }
  | { type: 'woke'; network: string; pausedMs: number; kind: 'frozen' | 'suspended' }
  /** The addresses that a path of ours can begin at; empty: this machine has no network. */
  | { type: 'network-changed'; network: string; addresses: string[] }
  | { type: 'announced'; network: string; reason: string }
  /** A STUN or TURN server gives us no address. Each reason is told once. */
  | { type: 'ice-server-failed'; network: string; url: string; reason: string }
  /** Nothing gets through to this peer directly, and no TURN server helps. Told once for each peer; `reason` is a sentence. */
  | { type: 'needs-turn'; network: string; peer: PeerInfo; reason: string }
  | { type: 'relay'; network: string; relay: RelayStatus; reason: string };

/** `sent`: on its way. `queued`: the session is silent or opening, it goes out when frames flow. `refused`: see `reason`. */
export type SendOutcome =
  | { status: 'sent' | 'queued' }
  | { status: 'refused'; reason: 'unknown-peer' | 'not-active' | 'queue-full' | 'too-large' | 'closed' };

/** What became of a reliable message. `delivered`: the far end's mesh has it, whether or not anybody listens there. */
export type Delivery =
  | { status: 'delivered' }
  /** `unsupported`: the peer acknowledges nothing. `expired`: no acknowledgement in time; it may have arrived. */
  | { status: 'failed'; reason: 'expired' | 'outbox-full' | 'too-large' | 'unsupported' | 'closed' }
  /** The peer has left or was sent away; `why` is the reason of its last event. */
  | { status: 'failed'; reason: 'abandoned'; why: string };

export interface ReliableOptions {
  /** How long the message is repeated. Default 60 s; counted while this process is awake, seen within a second. */
  ttlMs?: number;
}

export interface ChannelMessage<T> {
  from: string;
  payload: T;
  /** In a shaped network: the device that handed it on and answers for `from`. Absent when it came straight. */
  via?: string;
}

export interface Channel<T> {
  readonly name: string;
  send(deviceId: string, payload: T): SendOutcome;
  /**
   * Repeats the message, also over rebuilt sessions and to a device that is not there yet, until it is acknowledged.
   * Resolves exactly once. At most 256 wait for one device. Rejects with `MeshError` `bad-device-id`, `bad-payload`.
   */
  sendReliable(deviceId: string, payload: T, options?: ReliableOptions): Promise<Delivery>;
  /** To every active peer but shelved ones; returns how many it was sent or queued to. */
  sendAll(payload: T): number;
  /** Returns a function that ends the subscription. */
  subscribe(handler: (message: ChannelMessage<T>) => void): () => void;
  /** Ends when the network is left. Bounded: a reader that falls 256 messages behind loses the oldest. */
  [Symbol.asyncIterator](): AsyncIterator<ChannelMessage<T>>;
}

export interface Network {
  readonly id: string;
  readonly room: string;
  readonly roster: Roster;
  peers(): PeerInfo[];
  peer(deviceId: string): PeerInfo | undefined;
  relays(): RelayStatus[];
  channel<T = unknown>(name: string): Channel<T>;
  readonly rpc: Rpc;
  /**
   * What all peers are told about this device, now and in each new session; replaces what was said before. Throws
   * `MeshError` `bad-capabilities` (more than 32 KiB, or no such shape).
   */
  setCapabilities(capabilities: Capabilities): void;
  /** What members have said about the rules of the network: genuine, and without effect in this version. */
  governance(): GovernanceView;
  /** Rosters the device and admits its waiting session. */
  approve(deviceId: string, label?: string): Promise<void>;
  /** Takes the device off the roster and ends its session. */
  remove(deviceId: string): Promise<void>;
  /** In force at once: links outside of it are shelved, and closed when the other end has shelved them too. */
  topology: Topology;
  /** Connects to a device, whether or not it has announced itself. Goes on by itself; see `whenReady`. */
  dial(deviceId: string): void;
  /** Dials a device and keeps it, whatever the topology, for as long as the network is joined. */
  pin(deviceId: string): void;
  unpin(deviceId: string): void;
  subscribe(handler: (event: MeshEvent) => void): () => void;
  events(): AsyncIterableIterator<MeshEvent>;
  /** The machine is about to sleep: silence is not counted until `resume`. */
  suspend(): void;
  /** The machine has woken: every session is asked at once. */
  resume(): void;
  /**
   * This machine has other addresses: every session is asked, relays are checked, the room is told, and paths that
   * began at an address that is gone are renewed. Seen without help within a second.
   */
  networkChanged(): void;
  /**
   * Renews the path to one device, or to all that there is a session with, and dials the device when there is none.
   * Sessions, their order and their queues survive; nobody is told that we leave.
   */
  reconnect(deviceId?: string): void;
  /** Resolves when a relay is admitted and (with `peer`) that peer is Active. Rejects with the signal's reason. */
  whenReady(options?: { peer?: string; signal?: AbortSignal }): Promise<void>;
  /** Says goodbye (signed leave) and releases everything. */
  leave(): Promise<void>;
}

/** Codes are stable; messages are for people. */
export type MeshErrorCode =
  | 'bad-network-id'
  | 'already-joined'
  | 'no-relays'
  | 'bad-relay-url'
  | 'bad-device-id'
  | 'bad-topology'
  | 'too-many-peers'
  | 'bad-payload'
  | 'bad-capabilities'
  | 'closed'
  | 'bad-configuration';

export class MeshError extends Error {
  override readonly name = 'MeshError';
  constructor(
    readonly code: MeshErrorCode,
    message: string,
  ) {
    super(message);
  }
}
