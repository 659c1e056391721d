/** Reliable messages to one device that are not acknowledged yet, in order. Knows no time and no session. */
import type { Delivery } from './api.js';
import { encodePayload } from './encode-payload.js';
import type { Wait } from './waits.js';

/** Upstream's bound. */
const MESSAGES = 256;

interface Entry {
  seq: bigint;
  frame: string;
  /** Session that carried it last, 0 = none yet. */
  epoch: number;
  wait: Wait<Delivery>;
}

export class Outbox {
  readonly #stream: bigint;
  #entries: Entry[] = [];
  #lastSeq = 0n;

  /** `stream` names this outbox to the receiver. A new one for each: numbers begin at 1 again. */
  constructor(stream: bigint) {
    this.#stream = stream;
  }

  get empty(): boolean {
    return this.#entries.length === 0;
  }

  get size(): number {
    return this.#entries.length;
  }

  get full(): boolean {
    return this.#entries.length >= MESSAGES;
  }

  /** The frame that the next message will be. Throws what cannot be written as JSON. */
  frame(channel: string, payload: unknown): string {
    const seq = this.#lastSeq + 1n;
    return encodePayload(`channel ${channel}`, {
      kind: 'channel_seq',
      stream: this.#stream,
      seq,
      channel,
      payload: payload as never,
    });
  }

  add(frame: string, wait: Wait<Delivery>): void {
    this.#lastSeq += 1n;
    this.#entries.push({ seq: this.#lastSeq, frame, epoch: 0, wait });
  }

  forget(wait: Wait<Delivery>): void {
    this.#entries = this.#entries.filter((entry) => entry.wait !== wait);
  }

  /** Hands over what this session has not carried yet, until `send` refuses. */
  flush(epoch: number, send: (frame: string) => boolean): void {
    for (const entry of this.#entries) {
      if (entry.epoch === epoch) continue;
      if (!send(entry.frame)) return;
      entry.epoch = epoch;
    }
  }

  /** An acknowledgement of another stream, or of what was never sent, settles nothing. */
  acknowledged(stream: bigint, upTo: bigint): void {
    if (stream !== this.#stream) return;
    const done = this.#entries.filter(({ seq, epoch }) => seq <= upTo && epoch > 0);
    for (const { wait } of done) wait.settle({ status: 'delivered' });
  }

  abandon(outcome: Delivery): void {
    for (const { wait } of [...this.#entries]) wait.settle(outcome);
  }
}
