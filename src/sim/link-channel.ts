/** The reliable, ordered channel of a simulated link: sequence numbers, acknowledgements, repetitions that back off. */

const QUEUE_BYTES = 256 * 1024;
const QUEUE_MESSAGES = 256;
/** Towards a far end that acknowledges nothing for this long, as in the real link's send flow. */
const STILL_MESSAGES = 8;
const STILL_MS = 250;
const LOW_BYTES = 64 * 1024;
const LOW_MESSAGES = 4;
const FIRST_TIMEOUT_MS = 1_000;
const MAX_TIMEOUT_MS = 60_000;
/** A timeout repeats the oldest, and no more: it says nothing about the rest. */
const REPEATED = 4;
const MAX_AHEAD = 512;

export type ChannelDatagram = { kind: 'data'; seq: number; data: Uint8Array } | { kind: 'ack'; upTo: number };

export interface ChannelPorts {
  nowMs(): number;
  later(delayMs: number, callback: () => void): number;
  cancel(timer: number): void;
  transmit(datagram: ChannelDatagram): void;
  deliver(data: Uint8Array): void;
  drained(): void;
}

interface Sent {
  seq: number;
  data: Uint8Array;
  sentMs: number;
}

export class LinkChannel {
  readonly #ports: ChannelPorts;
  #unacknowledged: Sent[] = [];
  #bytes = 0;
  #lastSeq = 0;
  #received = 0;
  readonly #ahead = new Map<number, Uint8Array>();
  #timer = 0;
  #timeoutMs = FIRST_TIMEOUT_MS;
  #full = false;

  constructor(ports: ChannelPorts) {
    this.#ports = ports;
  }

  get bufferedBytes(): number {
    return this.#bytes;
  }

  /** Has something waited for an acknowledgement longer than it should? */
  get isStuck(): boolean {
    return this.#timeoutMs > FIRST_TIMEOUT_MS;
  }

  /** `false`: over the bound, nothing was taken. */
  send(data: Uint8Array): boolean {
    const oldest = this.#unacknowledged[0];
    const isStill = oldest !== undefined && this.#ports.nowMs() - oldest.sentMs > STILL_MS;
    const limit = isStill ? STILL_MESSAGES : QUEUE_MESSAGES;
    if (this.#unacknowledged.length >= limit || this.#bytes + data.length > QUEUE_BYTES) {
      this.#full = true;
      return false;
    }
    const sent = { seq: ++this.#lastSeq, data, sentMs: this.#ports.nowMs() };
    this.#unacknowledged.push(sent);
    this.#bytes += data.length;
    this.#transmit(sent);
    if (this.#timer === 0) this.#arm();
    return true;
  }

  receive(datagram: ChannelDatagram): void {
    if (datagram.kind === 'ack') this.#acknowledged(datagram.upTo);
    else this.#data(datagram.seq, datagram.data);
  }

  /** The path is back: send again now what waits for the timer. */
  nudge(): void {
    this.#timeoutMs = FIRST_TIMEOUT_MS;
    for (const sent of this.#unacknowledged) this.#transmit(sent);
    this.#arm();
  }

  stop(): void {
    this.#ports.cancel(this.#timer);
    this.#timer = 0;
  }

  #transmit({ seq, data }: Sent): void {
    this.#ports.transmit({ kind: 'data', seq, data });
  }

  #arm(): void {
    this.stop();
    if (this.#unacknowledged.length === 0) return;
    this.#timer = this.#ports.later(this.#timeoutMs, () => {
      this.#timer = 0;
      this.#timeoutMs = Math.min(2 * this.#timeoutMs, MAX_TIMEOUT_MS);
      for (const sent of this.#unacknowledged.slice(0, REPEATED)) this.#transmit(sent);
      this.#arm();
    });
  }

  #acknowledged(upTo: number): void {
    const before = this.#unacknowledged.length;
    this.#unacknowledged = this.#unacknowledged.filter(({ seq }) => seq > upTo);
    if (this.#unacknowledged.length === before) return;
    this.#bytes = this.#unacknowledged.reduce((sum, { data }) => sum + data.length, 0);
    // After a silence the rest has been lost as well.
    if (this.isStuck) this.nudge();
    else this.#arm();
    if (!this.#full || this.#unacknowledged.length > LOW_MESSAGES || this.#bytes > LOW_BYTES) return;
    this.#full = false;
    this.#ports.drained();
  }

  #data(seq: number, data: Uint8Array): void {
    if (seq > this.#received && seq <= this.#received + MAX_AHEAD) this.#ahead.set(seq, data);
    const due: Uint8Array[] = [];
    for (let next = this.#ahead.get(this.#received + 1); next; next = this.#ahead.get(this.#received + 1)) {
      this.#received += 1;
      this.#ahead.delete(this.#received);
      due.push(next);
    }
    this.#ports.transmit({ kind: 'ack', upTo: this.#received });
    for (const each of due) this.#ports.deliver(each);
  }
}
