/** Messages that go by way of others, because a shaped network does not connect everybody with everybody. */
import { barePeerId, isDeviceId } from '../identity/keys.js';
import { MAX_MESSAGE_BYTES } from '../link/link.js';
import { encodeRouted, type Routed } from '../protocol/routed.js';
import { SeenRing } from '../signaling/seen-ring.js';
import { MeshError, type SendOutcome } from './api.js';
import { isForwarder, maxHops, nextHops } from './routes.js';
import type { Topology } from './topology.js';

/** As upstream. A message that is older than this many others is long delivered. */
const SEEN_MESSAGES = 2_048;

export interface RouterHost {
  readonly me: string;
  topology(): Topology;
  /** Devices with whom a session stands, silent ones too. */
  connected(): string[];
  mayAdmit(deviceId: string): boolean;
  randomBytes(length: number): Uint8Array;
  transmit(deviceId: string, frame: string): SendOutcome;
  /** Now or not at all: what we hand on for others waits in no queue of ours. */
  offer(deviceId: string, frame: string): boolean;
  deliver(origin: string, channel: string, body: unknown, via: string): void;
}

export class Router {
  readonly #host: RouterHost;
  readonly #seen = new SeenRing(SEEN_MESSAGES);

  constructor(host: RouterHost) {
    this.#host = host;
  }

  /** To a device that we are not connected with. `undefined`: there is no way. Throws `MeshError` `bad-payload`. */
  send(target: string, channel: string, body: unknown): SendOutcome | undefined {
    const hops = nextHops(this.#host.topology(), target, this.#host.connected());
    if (hops.length === 0) return undefined;
    const frame = this.#wrap(target, channel, body);
    if (Buffer.byteLength(frame) > MAX_MESSAGE_BYTES) return { status: 'refused', reason: 'too-large' };
    if (hops.some((hop) => this.#host.offer(hop, frame))) return { status: 'sent' };
    return this.#host.transmit(hops[0] as string, frame); // it waits until that one reads again
  }

  /** The frame that carries a message to everybody. `undefined`: nobody hands it on, say it plainly. */
  toAll(channel: string, body: unknown): string | undefined {
    return maxHops(this.#host.topology()) > 0 ? this.#wrap('', channel, body) : undefined;
  }

  received(carrier: string, message: Routed): void {
    const { me, mayAdmit } = this.#host;
    const topology = this.#host.topology();
    const origin = message.src === '' ? carrier : barePeerId(message.src);
    if (origin === me || !isDeviceId(origin)) return;
    // Whoever hands on speaks for others: only those who shall may, and only for those who would be admitted themselves.
    if (origin !== carrier && !(isForwarder(topology, carrier) && mayAdmit(origin))) return;
    if (message.id !== 0n && !this.#seen.add(`${origin}/${message.id}`)) return;
    if (message.dst === '' || message.dst === me) {
      this.#host.deliver(origin, message.channel, message.body, carrier);
    }
    if (message.dst !== me && message.ttl > 0 && isForwarder(topology, me)) {
      const onward = encodeRouted({ ...message, src: origin, ttl: message.ttl - 1 });
      this.#handOn(message.dst, onward, carrier, origin);
    }
  }

  #handOn(target: string, frame: string, carrier: string, origin: string): void {
    const others = this.#host.connected().filter((deviceId) => deviceId !== carrier && deviceId !== origin);
    if (target === '') {
      for (const deviceId of others) this.#host.offer(deviceId, frame);
    } else if (others.includes(target)) {
      this.#host.offer(target, frame);
    } else {
      nextHops(this.#host.topology(), target, others).some((hop) => this.#host.offer(hop, frame));
    }
  }

  #wrap(dst: string, channel: string, body: unknown): string {
    const { me } = this.#host;
    const id = Buffer.from(this.#host.randomBytes(8)).readBigUInt64LE() | 1n;
    this.#seen.add(`${me}/${id}`);
    try {
      return encodeRouted({ dst, src: me, channel, body, ttl: maxHops(this.#host.topology()), id });
    } catch {
      throw new MeshError('bad-payload', `channel ${channel}: the payload is not JSON; send plain data`);
    }
  }
}
