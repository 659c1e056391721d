/**
 * Keeps what we send to one relay below the rate at which relays of this protocol drop events without a word, and then
 * the socket. A wake with twenty peers would exceed it at once. Candidates wait for everything else.
 */
import type { Runtime } from '../runtime.js';
import { TokenBucket } from './token-bucket.js';

/** Relays allow 50 a second; the margin is for the difference between the two clocks and buckets. */
const FRAMES_PER_SECOND = 40;
const LANE_CAPACITY = 256;

export class FramePacer {
  readonly #runtime: Runtime;
  readonly #write: (frame: string) => void;
  readonly #bucket: TokenBucket;
  readonly #frames: string[] = [];
  readonly #candidates: string[] = [];
  #timer: unknown;

  constructor(runtime: Runtime, write: (frame: string) => void) {
    this.#runtime = runtime;
    this.#write = write;
    this.#bucket = new TokenBucket(FRAMES_PER_SECOND, () => runtime.monoMs());
  }

  send(frame: string, isCandidate: boolean): void {
    const lane = isCandidate ? this.#candidates : this.#frames;
    if (lane.length >= LANE_CAPACITY) lane.shift();
    lane.push(frame);
    if (this.#timer === undefined) this.#flush();
  }

  /** What still waits is not sent. */
  stop(): void {
    this.#runtime.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#frames.length = 0;
    this.#candidates.length = 0;
  }

  #flush(): void {
    this.#timer = undefined;
    while (this.#frames.length + this.#candidates.length > 0) {
      if (!this.#bucket.take()) {
        this.#timer = this.#runtime.setTimeout(() => this.#flush(), this.#bucket.waitMs());
        return;
      }
      this.#write((this.#frames.shift() ?? this.#candidates.shift()) as string);
    }
  }
}
