/** One WebSocket to a relay: text in, text out, a ping. It decides nothing and never throws. */
import { isUtf8 } from 'node:buffer';
import { networkInterfaces } from 'node:os';
import WebSocket from 'ws';

/** Largest frame we read. Relays of this protocol forward at most 64 KiB; others may be more generous. */
const MAX_FRAME_BYTES = 512 * 1024;
/** A relay that takes nothing for this long a backlog is not worth more memory. */
const MAX_BUFFERED_BYTES = 1024 * 1024;
/** Wait for the far end's Close frame before the connection is cut; a dead one never answers. */
const CLOSE_TIMEOUT_MS = 1_000;

export interface RelaySocketFacts {
  opened(): void;
  frame(text: string): void;
  /** Answer to the latest ping; answers to earlier ones, which a pause may have left in the socket, do not count. */
  pong(): void;
  /** Once, and last. */
  closed(reason: string): void;
}

export interface RelaySocket {
  /** False when the socket is not open, or so far behind that nothing more is taken. */
  send(text: string): boolean;
  ping(): void;
  /** Says goodbye; resolves when the socket is gone, at most about a second later. */
  close(): Promise<void>;
}

/** Throws when the URL is not one that can be dialled. */
export type DialRelay = (url: string, facts: RelaySocketFacts) => RelaySocket;

export const dialRelay: DialRelay = (url, facts) => new WsRelaySocket(url, facts);

class WsRelaySocket implements RelaySocket {
  readonly #ws: WebSocket;
  readonly #closed: Promise<void>;
  #pings = 0;
  #localAddress: string | undefined;
  #problem = '';

  constructor(url: string, facts: RelaySocketFacts) {
    this.#ws = new WebSocket(url, {
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
      // In the library's options, missing in its types.
      ...{ closeTimeout: CLOSE_TIMEOUT_MS },
    });
    this.#ws.on('upgrade', ({ socket }) => {
      this.#localAddress = socket.localAddress;
    });
    this.#ws.on('open', () => facts.opened());
    this.#ws.on('message', (data: Buffer, isBinary) => {
      if (!isBinary || isUtf8(data)) facts.frame(data.toString());
    });
    this.#ws.on('pong', (data) => {
      if (data.toString() === String(this.#pings)) facts.pong();
    });
    this.#ws.on('error', (error) => {
      this.#problem = error.message;
    });
    this.#closed = new Promise((resolve) => {
      this.#ws.on('close', (code) => {
        resolve();
        facts.closed(this.#problem || `closed by the relay (code ${code})`);
      });
    });
  }

  send(text: string): boolean {
    if (this.#ws.readyState !== WebSocket.OPEN || this.#ws.bufferedAmount > MAX_BUFFERED_BYTES) return false;
    this.#ws.send(text, () => {});
    return true;
  }

  ping(): void {
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    if (this.#localAddress !== undefined && !isOurs(this.#localAddress)) {
      // Nothing comes back to it, and the system would take minutes to say so.
      this.#problem = `our address ${this.#localAddress} is gone`;
      return this.#ws.terminate();
    }
    this.#pings += 1;
    this.#ws.ping(String(this.#pings), true, () => {});
  }

  close(): Promise<void> {
    this.#ws.close();
    return this.#closed;
  }
}

function isOurs(address: string): boolean {
  const plain = address.replace(/^::ffff:|%.*$/g, '');
  if (plain.startsWith('127.')) return true; // all of them, though one is listed
  return Object.values(networkInterfaces()).some((found) => found?.some((each) => each.address === plain));
}
