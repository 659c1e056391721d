/** One TCP connection that carries lines, dialled by either side. It never throws; times are in ticks of one second. */
import { isUtf8 } from 'node:buffer';
import type { Socket } from 'node:net';
import { lanTunables } from '../../../machines/tunables.js';

/** Upstream's. */
const MAX_LINE_BYTES = 262_144;
/** Whoever leaves this much unread is not worth more memory. */
const MAX_BUFFERED_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

export interface LineConnectionFacts {
  line(text: string): void;
  /** Once, and last. */
  closed(): void;
}

export class LineConnection {
  readonly #socket: Socket;
  readonly #facts: LineConnectionFacts;
  #partial: Buffer[] = [];
  #partialBytes = 0;
  #writerIdle = 0;
  #readerIdle = 0;

  /** `socket`: open. */
  constructor(socket: Socket, facts: LineConnectionFacts) {
    this.#socket = socket;
    this.#facts = facts;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => facts.closed());
  }

  get isWritable(): boolean {
    return this.#socket.writable && this.#socket.writableLength < MAX_BUFFERED_BYTES;
  }

  write(line: string): void {
    if (!this.isWritable) return;
    this.#writerIdle = 0;
    this.#socket.write(line, () => {});
  }

  /** One second has passed. An idle writer closes its half, as upstream's does; the other end may still speak. */
  tick(): void {
    this.#writerIdle += 1;
    this.#readerIdle += 1;
    if (this.#readerIdle >= lanTunables.readerIdleTicks) this.#socket.destroy();
    else if (this.#writerIdle >= lanTunables.writerIdleTicks) this.#socket.end();
  }

  /** What the kernel has taken still goes out; nobody waits for a far end that does not read. */
  close(): void {
    if (this.#socket.writableLength > 0) this.#socket.destroy();
    else this.#socket.end(() => this.#socket.destroy());
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#readerIdle = 0;
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#partial.push(chunk.subarray(start, end));
      start = end + 1;
      const line = Buffer.concat(this.#partial);
      this.#partial = [];
      this.#partialBytes = 0;
      if (line.length > MAX_LINE_BYTES || !isUtf8(line)) {
        this.#socket.destroy();
        return;
      }
      const text = line.toString().trim();
      if (text !== '') this.#facts.line(text);
      if (this.#socket.destroyed) return;
    }
    const rest = chunk.subarray(start);
    this.#partial.push(rest);
    this.#partialBytes += rest.length;
    if (this.#partialBytes > MAX_LINE_BYTES) this.#socket.destroy();
  }
}
