/** Named channels of one network: one frame format, any number of subscribers. */
import { MAX_MESSAGE_BYTES } from '../link/link.js';
import type { Channel, ChannelMessage, Delivery, SendOutcome } from './api.js';
import { encodePayload } from './encode-payload.js';
import { Listeners } from './listeners.js';

export interface ChannelHost {
  transmit(deviceId: string, frame: string): SendOutcome;
  sendReliable(deviceId: string, channel: string, payload: unknown, ttlMs?: number): Promise<Delivery>;
  /** By way of others, to a device that we are not connected with. `undefined`: there is no way. */
  route(deviceId: string, channel: string, payload: unknown): SendOutcome | undefined;
  /** The frame of a message to all that others hand on. `undefined`: nobody does. */
  frameToAll(channel: string, payload: unknown): string | undefined;
  /** Peers that a message to all goes to. */
  audience(): string[];
  onError(error: unknown): void;
}

export class Channels {
  readonly #host: ChannelHost;
  readonly #listeners = new Map<string, Listeners<ChannelMessage<unknown>>>();
  #open = true;

  constructor(host: ChannelHost) {
    this.#host = host;
  }

  channel<T>(name: string): Channel<T> {
    const listeners = this.#listenersOf(name) as Listeners<ChannelMessage<T>>;
    return {
      name,
      send: (deviceId, payload) => {
        const frame = this.#frame(name, payload);
        if (typeof frame !== 'string') return frame;
        const outcome = this.#host.transmit(deviceId, frame);
        return (isApart(outcome) && this.#host.route(deviceId, name, payload)) || outcome;
      },
      sendReliable: (deviceId, payload, { ttlMs } = {}) => this.#host.sendReliable(deviceId, name, payload, ttlMs),
      sendAll: (payload) => {
        const plain = this.#frame(name, payload);
        if (typeof plain !== 'string') return 0;
        const frame = this.#host.frameToAll(name, payload) ?? plain;
        if (Buffer.byteLength(frame) > MAX_MESSAGE_BYTES) return 0;
        const outcomes = this.#host.audience().map((deviceId) => this.#host.transmit(deviceId, frame));
        return outcomes.filter(({ status }) => status !== 'refused').length;
      },
      subscribe: (handler) => listeners.add(handler),
      [Symbol.asyncIterator]: () => listeners.read(),
    };
  }

  received(from: string, name: string, payload: unknown, via?: string): void {
    this.#listeners.get(name)?.tell({ from, payload, ...(via !== undefined && { via }) });
  }

  close(): void {
    this.#open = false;
    for (const listeners of this.#listeners.values()) listeners.close();
    this.#listeners.clear();
  }

  #listenersOf(name: string): Listeners<ChannelMessage<unknown>> {
    const known = this.#listeners.get(name);
    if (known) return known;
    const listeners = new Listeners<ChannelMessage<unknown>>((error) => this.#host.onError(error));
    if (this.#open) this.#listeners.set(name, listeners);
    else listeners.close();
    return listeners;
  }

  #frame(channel: string, payload: unknown): string | SendOutcome {
    if (!this.#open) return { status: 'refused', reason: 'closed' };
    const frame = encodePayload(`channel ${channel}`, { kind: 'channel', channel, payload: payload as never });
    return Buffer.byteLength(frame) <= MAX_MESSAGE_BYTES ? frame : { status: 'refused', reason: 'too-large' };
  }
}

/** Nothing stands between us and that device that a message could wait for. */
function isApart(outcome: SendOutcome): boolean {
  return outcome.status === 'refused' && (outcome.reason === 'unknown-peer' || outcome.reason === 'not-active');
}
