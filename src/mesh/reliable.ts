/**
 * Acknowledged messages, in both roles. What is sent is repeated after each rebuild of the session under the same number
 * until the receiver acknowledges it; what is received is delivered once and acknowledged always.
 */
import { tunables } from '../../machines/tunables.js';
import { MAX_MESSAGE_BYTES } from '../link/link.js';
import { encodeFrame } from '../protocol/codec.js';
import type { FrameOf } from '../protocol/frames.js';
import type { Delivery } from './api.js';
import { Outbox } from './outbox.js';
import type { Wait, Waits } from './waits.js';

const FEATURE = 'reliable_channels_v1';
/** Senders whose last number is remembered. A forgotten one could be delivered twice; there are no more peers than that. */
const SENDERS = 1_000;

/** The session that takes frames to a device now. */
export interface Carrier {
  readonly epoch: number;
  readonly features: readonly string[];
  /** `false`: not taken. */
  send(frame: string): boolean;
}

export interface ReliableHost {
  readonly waits: Waits;
  randomBytes(length: number): Uint8Array;
  /** None while the device is not active. */
  carrierTo(deviceId: string): Carrier | undefined;
  deliver(from: string, channel: string, payload: unknown): void;
}

export class Reliable {
  readonly #host: ReliableHost;
  readonly #outboxes = new Map<string, Outbox>();
  /** Last number taken from each sender. Survives its sessions. */
  readonly #senders = new Map<string, { stream: bigint; last: bigint }>();
  /** Acknowledgements that the transport did not take. */
  readonly #owed = new Set<string>();
  #open = true;

  constructor(host: ReliableHost) {
    this.#host = host;
  }

  /** Messages without an outcome, to all devices. */
  get pending(): number {
    return [...this.#outboxes.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Resolves once, with the outcome. Rejects with `MeshError` `bad-payload`. */
  async send(deviceId: string, channel: string, payload: unknown, ttlMs = tunables.deliveryLimitMs): Promise<Delivery> {
    if (!this.#open) return { status: 'failed', reason: 'closed' };
    const outbox = this.#outboxes.get(deviceId) ?? new Outbox(this.#newStream());
    const frame = outbox.frame(channel, payload);
    if (Buffer.byteLength(frame) > MAX_MESSAGE_BYTES) return { status: 'failed', reason: 'too-large' };
    if (outbox.full) return { status: 'failed', reason: 'outbox-full' };
    this.#outboxes.set(deviceId, outbox);
    return new Promise((resolve) => {
      const wait: Wait<Delivery> = this.#host.waits.open<Delivery>(
        ttlMs,
        { status: 'failed', reason: 'expired' },
        (outcome) => {
          outbox.forget(wait);
          // The receiver drops numbers it has seen, so an outbox that begins again needs a new name.
          if (outbox.empty) this.#outboxes.delete(deviceId);
          resolve(outcome);
        },
      );
      outbox.add(frame, wait);
      this.#flush(deviceId);
    });
  }

  received(from: string, { stream, seq, channel, payload }: FrameOf<'channel_seq'>): void {
    const known = this.#senders.get(from);
    const sender = known?.stream === stream ? known : { stream, last: 0n };
    this.#senders.delete(from);
    this.#senders.set(from, sender); // the one heard last is forgotten last
    const oldest = this.#senders.keys().next().value;
    if (this.#senders.size > SENDERS && oldest !== undefined) this.#senders.delete(oldest);
    const fresh = seq > sender.last;
    if (fresh) sender.last = seq;
    this.#acknowledge(from);
    if (fresh) this.#host.deliver(from, channel, payload);
  }

  acknowledged(from: string, { stream, up_to }: FrameOf<'channel_ack'>): void {
    this.#outboxes.get(from)?.acknowledged(stream, up_to);
  }

  /** The session takes frames, or takes them again. */
  writable(deviceId: string): void {
    if (this.#owed.has(deviceId)) this.#acknowledge(deviceId);
    this.#flush(deviceId);
  }

  /** The device has left or was sent away: it will not be dialled for the sake of what waits. */
  peerGone(deviceId: string, why: string): void {
    this.#owed.delete(deviceId);
    this.#outboxes.get(deviceId)?.abandon({ status: 'failed', reason: 'abandoned', why });
  }

  close(): void {
    this.#open = false;
    for (const outbox of [...this.#outboxes.values()]) outbox.abandon({ status: 'failed', reason: 'closed' });
  }

  #flush(deviceId: string): void {
    const outbox = this.#outboxes.get(deviceId);
    const carrier = this.#host.carrierTo(deviceId);
    if (!outbox || !carrier) return;
    if (carrier.features.includes(FEATURE)) outbox.flush(carrier.epoch, (frame) => carrier.send(frame));
    else outbox.abandon({ status: 'failed', reason: 'unsupported' });
  }

  #acknowledge(deviceId: string): void {
    const sender = this.#senders.get(deviceId);
    if (!sender) return;
    const frame = encodeFrame({ kind: 'channel_ack', stream: sender.stream, up_to: sender.last });
    if (this.#host.carrierTo(deviceId)?.send(frame)) this.#owed.delete(deviceId);
    else this.#owed.add(deviceId);
  }

  /** Random and odd as upstream's, and small enough for every JSON reader. */
  #newStream(): bigint {
    const bytes = this.#host.randomBytes(8);
    return (Buffer.from(bytes).readBigUInt64BE() & 0x1f_ffff_ffff_ffffn) | 1n;
  }
}
