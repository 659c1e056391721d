/** Writes a recording: a viewer that keeps what it is told. Bounded; the file is whole up to its last line at any time. */
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { z } from 'zod';
import type { header, trailer } from './recording.js';
import type { Viewer } from './source.js';

/** What may wait for a slow disk; beyond it messages are left out and the marker says how many. */
const MAX_WAITING_BYTES = 8 << 20;

export interface RecorderOptions {
  version: string;
  /** Wall clock of the mesh, milliseconds since 1970. */
  atMs: number;
  maxBytes: number;
  /** The file is as large as it may be, or the disk refused a line. Called once. */
  ended(reason: string): void;
}

export class Recorder implements Viewer {
  messages = 0;
  bytes = 0;
  readonly #file: WriteStream;
  readonly #options: RecorderOptions;
  #isOpen = true;

  private constructor(file: WriteStream, options: RecorderOptions) {
    this.#file = file;
    this.#options = options;
    file.on('error', (error) => this.#end(error.message));
    this.#write({
      type: 'wakemesh.recording',
      format: 1,
      version: options.version,
      atMs: options.atMs,
    } satisfies z.infer<typeof header>);
  }

  /** Rejects with the system's error; a file that exists is left as it is (`EEXIST`). Others cannot read it. */
  static async open(path: string, options: RecorderOptions): Promise<Recorder> {
    const file = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true });
    await once(file, 'open');
    return new Recorder(file, options);
  }

  /** More waits for the disk than should. */
  get isBehind(): boolean {
    return this.#file.writableLength > MAX_WAITING_BYTES;
  }

  /** `handler` runs each time when nothing waits any more. */
  onDrain(handler: () => void): void {
    this.#file.on('drain', handler);
  }

  send(text: string): boolean {
    if (!this.#isOpen || this.isBehind) return false;
    if (this.bytes + text.length > this.#options.maxBytes) {
      this.#end(`the file has reached ${this.#options.maxBytes} bytes`);
      return false;
    }
    this.#line(text);
    this.messages += 1;
    return true;
  }

  /** Resolves when everything is on the disk. Rejects when it could not be written. */
  async close(): Promise<void> {
    this.#isOpen = false;
    if (!this.#file.destroyed) {
      this.#write({ type: 'wakemesh.recording-end', messages: this.messages } satisfies z.infer<typeof trailer>);
      this.#file.end();
    }
    await finished(this.#file);
  }

  #end(reason: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#options.ended(reason);
  }

  #write(value: object): void {
    this.#line(JSON.stringify(value));
  }

  #line(text: string): void {
    const line = Buffer.from(`${text}\n`);
    this.bytes += line.length;
    this.#file.write(line);
  }
}
