/** What waits while a session is silent or being rebuilt. Bounded: a frozen peer must not cost its friends their memory. */
/** All of them must be taken in before anything newer: this bounds what a thaw costs. */
const MESSAGES = 16;
const BYTES = 256 * 1024;

export class SendQueue {
  #frames: string[] = [];
  #bytes = 0;

  get empty(): boolean {
    return this.#frames.length === 0;
  }

  /** `false`: full, nothing was taken. */
  add(frame: string): boolean {
    const bytes = Buffer.byteLength(frame);
    if (this.#frames.length >= MESSAGES || this.#bytes + bytes > BYTES) return false;
    this.#frames.push(frame);
    this.#bytes += bytes;
    return true;
  }

  /** Hands frames over in order until `send` refuses one; that one stays. */
  flush(send: (frame: string) => boolean): void {
    let sent = 0;
    for (const frame of this.#frames) {
      if (!send(frame)) break;
      this.#bytes -= Buffer.byteLength(frame);
      sent += 1;
    }
    this.#frames = this.#frames.slice(sent);
  }
}
