/** Named channels of one network: one frame format, any number of subscribers. */
import { MAX_MESSAGE_BYTES } from '../link/link.js';
import type { Channel, ChannelMessage, Delivery, SendOutcome } from './api.js';
import { encodePayload } from './encode-payload.js';
import { Listeners } from './listeners.js';

export interface ChannelHost {
  transmit(deviceId: string, frame: string): SendOutcome;
  sendReliable(deviceId: string, channel: string, payload: unknown, ttlMs?: number): Promise<Delivery>;
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
        return typeof frame === 'string' ? this.#host.transmit(deviceId, frame) : frame;
      },
      sendReliable: (deviceId, payload, { ttlMs } = {}) => this.#host.sendReliable(deviceId, name, payload, ttlMs),
      sendAll: (payload) => {
        const frame = this.#frame(name, payload);
        if (typeof frame !== 'string') return 0;
        const outcomes = this.#host.audience().map((deviceId) => this.#host.transmit(deviceId, frame));
        return outcomes.filter(({ status }) => status !== 'refused').length;
      },
      subscribe: (handler) => listeners.add(handler),
      [Symbol.asyncIterator]: () => listeners.read(),
    };
  }

  received(from: string, name: string, payload: unknown): void {
    this.#listeners.get(name)?.tell({ from, payload });
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
