import WebSocket from 'ws';
import { createEventSigner, type NostrEvent } from '../../../src/signaling/nostr-event.js';
import { runtime, until } from './node.js';

/** A bare NIP-01 client: what a stranger who knows the relay can do. */
export class RawClient {
  readonly frames: unknown[][] = [];
  readonly signer = createEventSigner((length) => runtime.randomBytes(length));
  readonly ws: WebSocket;
  closed = false;

  private constructor(url: string, headers: Record<string, string>) {
    this.ws = new WebSocket(url, { headers });
    this.ws.on('message', (data) => this.frames.push(JSON.parse(String(data))));
    this.ws.on('error', () => {});
    this.ws.on('close', () => {
      this.closed = true;
    });
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<RawClient> {
    const client = new RawClient(url, headers);
    await until('socket open', () => client.ws.readyState === WebSocket.OPEN || client.closed);
    return client;
  }

  send(...frame: unknown[]): void {
    this.ws.send(JSON.stringify(frame));
  }

  event(kind: number, tags: string[][], content: string, created_at = Math.floor(Date.now() / 1000)): NostrEvent {
    return this.signer.sign({ kind, tags, content, created_at });
  }

  /** Waits for the relay's answer to all that was sent so far. */
  async settled(): Promise<void> {
    const mark = `mark-${this.frames.length}-${Math.random()}`;
    this.send('REQ', mark, { ids: [] });
    await until('EOSE', () => this.frames.some(([verb, id]) => verb === 'EOSE' && id === mark));
    this.send('CLOSE', mark);
  }

  /** Frames with this verb, without it. */
  of(verb: string): unknown[][] {
    return this.frames.filter(([first]) => first === verb).map((frame) => frame.slice(1));
  }

  close(): void {
    this.ws.terminate();
  }
}
