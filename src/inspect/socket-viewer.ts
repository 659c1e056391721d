/** A viewer behind a WebSocket. What waits for it is bounded, and whoever has stopped reading is let go. */
import type { RawData, WebSocket } from 'ws';
import type { Runtime } from '../runtime.js';
import { type AnswerMessage, type ViewerRequest, viewerRequest } from './messages.js';
import type { Source, Viewer } from './source.js';

/** Above it messages are left out. A page that is busy for a moment has read this in another one. */
const FULL_BYTES = 1 << 20;
/** Full for so long: it does not read any more. */
const STALL_MS = 10_000;
/** Requests that are being worked on. */
const MAX_PENDING = 16;

const POLICY_VIOLATION = 1008;
const TRY_AGAIN_LATER = 1013;

export class SocketViewer implements Viewer {
  readonly #socket: WebSocket;
  readonly #runtime: Runtime;
  #fullSinceMs: number | null = null;
  #pending = 0;

  constructor(socket: WebSocket, runtime: Runtime) {
    this.#socket = socket;
    this.#runtime = runtime;
  }

  send(text: string): boolean {
    if (this.#socket.bufferedAmount > FULL_BYTES) {
      const nowMs = this.#runtime.monoMs();
      this.#fullSinceMs ??= nowMs;
      if (nowMs - this.#fullSinceMs > STALL_MS) this.#socket.terminate();
      return false;
    }
    this.#fullSinceMs = null;
    this.#socket.send(text);
    return true;
  }

  /** What is no request closes this socket, and nothing else. */
  serve(source: Source): void {
    this.#socket.on('message', (data: RawData, isBinary: boolean) => {
      const request = isBinary ? undefined : parseRequest(String(data));
      if (!request) this.#socket.close(POLICY_VIOLATION, 'not a request');
      else if (this.#pending >= MAX_PENDING) this.#socket.close(TRY_AGAIN_LATER, 'too many requests at once');
      else void this.#answer(source, request);
    });
  }

  async #answer(source: Source, request: ViewerRequest): Promise<void> {
    this.#pending += 1;
    const answer: AnswerMessage = { type: 'wakemesh.answer', id: request.id, ok: true };
    try {
      await source.answer(request);
    } catch (error) {
      answer.ok = false;
      answer.error = error instanceof Error ? error.message : String(error);
    }
    this.#pending -= 1;
    this.send(JSON.stringify(answer));
  }
}

function parseRequest(text: string): ViewerRequest | undefined {
  try {
    return viewerRequest.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
