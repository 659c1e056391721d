/** What admitted peers say beyond the session itself: each kind of frame goes to the part that understands it. */
import type { AnyActorRef } from 'xstate';
import { barePeerId } from '../identity/keys.js';
import type { Frame } from '../protocol/frames.js';
import type { Routed } from '../protocol/routed.js';
import type { Runtime } from '../runtime.js';
import type { MeshEvent, SendOutcome } from './api.js';
import { Channels } from './channels.js';
import type { Membership } from './membership.js';
import { type Carrier, Reliable } from './reliable.js';
import { requireDeviceId } from './require.js';
import { Router } from './router.js';
import type { Rpc } from './rpc-api.js';
import { RpcCalls } from './rpc-calls.js';
import { RpcHandlers } from './rpc-handlers.js';
import { Shunned } from './shunned.js';
import type { Topology } from './topology.js';
import { Waits } from './waits.js';

/** Reasons of a peer's end after which nobody dials it: what waits for it has failed. */
const PARTED = new Set(['left', 'left-unanswered', 'denied', 'removed', 'auth-failed', 'protocol-violation']);

export interface ApplicationHost {
  readonly runtime: Runtime;
  readonly membership: Membership;
  /** Whose child every wait is. */
  readonly parent: AnyActorRef;
  transmit(deviceId: string, frame: string): SendOutcome;
  /** None while the device is not active. */
  carrierTo(deviceId: string): Carrier | undefined;
  /** Peers that a message to all goes to. */
  audience(): string[];
  /** A subscriber threw. */
  onError(error: unknown): void;
  readonly me: string;
  topology(): Topology;
  /** Devices with whom a session stands, silent ones too. */
  connected(): string[];
}

export class Application {
  readonly channels: Channels;
  readonly rpc: Rpc;
  readonly shunned: Shunned;
  readonly #reliable: Reliable;
  readonly #router: Router;
  readonly #waits: Waits;
  readonly #calls: RpcCalls;
  readonly #handlers: RpcHandlers;
  readonly #host: ApplicationHost;
  /** Who waits until a peer reads again. */
  readonly #stuck = new Map<string, (() => void)[]>();

  constructor(host: ApplicationHost) {
    this.#host = host;
    this.#waits = new Waits(host.parent, host.runtime);
    this.shunned = new Shunned(this.#waits);
    const shared = {
      waits: this.#waits,
      randomBytes: (length: number) => host.runtime.randomBytes(length),
      transmit: (deviceId: string, frame: string) => host.transmit(deviceId, frame),
      carrierTo: (deviceId: string) => host.carrierTo(deviceId),
      deliver: (from: string, channel: string, payload: unknown) => this.channels.received(from, channel, payload),
      untilWritable: (deviceId: string) => this.#untilWritable(deviceId),
    };
    this.#calls = new RpcCalls(shared);
    this.#handlers = new RpcHandlers(shared);
    this.#reliable = new Reliable(shared);
    this.#router = new Router({
      ...shared,
      me: host.me,
      topology: () => host.topology(),
      connected: () => host.connected(),
      mayAdmit: (deviceId) => host.membership.mayAdmit(deviceId),
      offer: (deviceId, frame) => host.carrierTo(deviceId)?.send(frame) ?? false,
      deliver: (origin, channel, body, via) =>
        this.channels.received(origin, channel, body, ...(via === origin ? [] : [via])),
    });
    this.channels = new Channels({
      ...shared,
      sendReliable: async (deviceId, channel, payload, ttlMs) =>
        this.#reliable.send(requireDeviceId(deviceId), channel, payload, ttlMs),
      route: (deviceId, channel, payload) => this.#router.send(barePeerId(deviceId), channel, payload),
      frameToAll: (channel, payload) => this.#router.toAll(channel, payload),
      audience: () => host.audience(),
      onError: (error) => host.onError(error),
    });
    this.rpc = {
      serve: (method, run) => this.#handlers.register(method, { streaming: false, run }),
      serveStream: (method, run) => this.#handlers.register(method, { streaming: true, run }),
      call: (deviceId, method, payload, options) => this.#calls.call(barePeerId(deviceId), method, payload, options),
      callStream: (deviceId, method, payload, options) =>
        this.#calls.callStream(barePeerId(deviceId), method, payload, options),
    };
  }

  received(from: string, frame: Frame | Routed): void {
    switch (frame.kind) {
      case 'routed':
        return this.#router.received(from, frame);
      case 'channel':
        return this.channels.received(from, frame.channel, frame.payload);
      case 'channel_seq':
        return this.#reliable.received(from, frame);
      case 'channel_ack':
        return this.#reliable.acknowledged(from, frame);
      case 'rpc_request':
        return this.#handlers.requested(from, frame);
      case 'rpc_response':
      case 'rpc_stream_chunk':
      case 'rpc_stream_end':
        return this.#calls.answered(from, frame);
      default:
        return this.#host.membership.received(from, frame);
    }
  }

  /** Frames go out to this peer, or go out again. */
  writable(deviceId: string): void {
    this.#reliable.writable(deviceId);
    this.#release(deviceId);
  }

  peerChanged(event: Extract<MeshEvent, { type: 'peer' }>): void {
    this.#host.membership.peerChanged(event);
    const { to, reason } = event;
    const { deviceId } = event.peer;
    if (to === 'gone') {
      if (PARTED.has(reason)) this.#reliable.peerGone(deviceId, reason);
      if (reason === 'denied' || reason === 'protocol-violation') this.shunned.add(deviceId, reason);
    }
    // A new process of the same device knows nothing of the calls to the old one.
    if (to !== 'gone' && reason !== 'peer-restarted') return;
    this.#calls.peerGone(deviceId, reason);
    this.#handlers.peerGone(deviceId);
    this.#release(deviceId);
  }

  sweep(): void {
    this.#waits.sweep();
    this.#host.membership.sweep();
  }

  /** Everybody who waits is told. */
  close(): void {
    this.#calls.close();
    this.#handlers.close();
    this.#reliable.close();
    for (const deviceId of [...this.#stuck.keys()]) this.#release(deviceId);
    this.shunned.close();
    this.channels.close();
  }

  #untilWritable(deviceId: string): Promise<void> {
    return new Promise((resolve) => {
      this.#stuck.set(deviceId, [...(this.#stuck.get(deviceId) ?? []), resolve]);
    });
  }

  #release(deviceId: string): void {
    const stuck = this.#stuck.get(deviceId) ?? [];
    this.#stuck.delete(deviceId);
    for (const resolve of stuck) resolve();
  }
}
