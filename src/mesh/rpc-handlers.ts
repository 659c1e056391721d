/** Calls that we answer: every request gets an answer, since upstream's callers wait for ever. */
import { tunables } from '../../machines/tunables.js';
import { MAX_MESSAGE_BYTES } from '../link/link.js';
import { encodeFrame } from '../protocol/codec.js';
import type { FrameOf, OutgoingFrame } from '../protocol/frames.js';
import type { SendOutcome } from './api.js';
import type { RpcHandler, RpcRequest, RpcStreamHandler } from './rpc-api.js';
import type { Wait, Waits } from './waits.js';

/** Requests of one peer that are being worked on. */
const OPEN_REQUESTS = 64;
/** Refusals that wait for one peer to read. Beyond that it asks faster than it reads, and loses answers. */
const OWED_REFUSALS = 256;
/** A thrown text of any length must fit into a frame. */
const MAX_ERROR_LENGTH = 1_024;

export interface RpcHandlersHost {
  readonly waits: Waits;
  transmit(deviceId: string, frame: string): SendOutcome;
  /** Resolves when frames may go out to this peer again, or nothing ever will. */
  untilWritable(deviceId: string): Promise<void>;
}

type Handler = { streaming: false; run: RpcHandler } | { streaming: true; run: RpcStreamHandler };

/** Why nobody works on the request any more. `answer`: what the caller is told, if it can still be told. */
interface End {
  answer: string | null;
}

interface Work {
  from: string;
  id: string;
  /** The handler's kind decides the form of the answer, not what the caller expects. */
  streaming: boolean;
  abort: AbortController;
  wait: Wait<End>;
}

export class RpcHandlers {
  readonly #host: RpcHandlersHost;
  readonly #handlers = new Map<string, Handler>();
  /** By peer and request id: two peers may use the same one. */
  readonly #work = new Map<string, Work>();
  readonly #owed = new Map<string, number>();

  constructor(host: RpcHandlersHost) {
    this.#host = host;
  }

  register(method: string, handler: Handler): () => void {
    this.#handlers.set(method, handler);
    return () => {
      if (this.#handlers.get(method) === handler) this.#handlers.delete(method);
    };
  }

  requested(from: string, frame: FrameOf<'rpc_request'>): void {
    const { request_id: id, method } = frame;
    const handler = this.#handlers.get(method);
    if (!handler) return this.#refuse({ from, id, streaming: false }, `no handler for '${method}'`);
    const key = workKey(from, id);
    if (this.#work.has(key)) return; // the answer to the first one answers this one
    const open = [...this.#work.values()].filter((work) => work.from === from).length;
    if (open >= OPEN_REQUESTS) {
      const text = `${OPEN_REQUESTS} of your requests are open: wait for one`;
      return this.#refuse({ from, id, streaming: handler.streaming }, text);
    }
    this.#begin(from, frame, handler);
  }

  peerGone(deviceId: string): void {
    for (const work of [...this.#work.values()]) if (work.from === deviceId) work.wait.settle({ answer: null });
  }

  close(): void {
    for (const { wait } of [...this.#work.values()]) wait.settle({ answer: null });
    this.#handlers.clear();
  }

  #begin(from: string, frame: FrameOf<'rpc_request'>, handler: Handler): void {
    const { request_id: id, method, payload, streaming } = frame;
    const abort = new AbortController();
    const late = `'${method}' did not answer within ${tunables.handlerLimitMs / 1_000} s`;
    const wait = this.#host.waits.open<End>(tunables.handlerLimitMs, { answer: late }, ({ answer }) => {
      this.#work.delete(workKey(from, id));
      if (answer !== null) this.#refuse(work, answer);
      abort.abort();
    });
    const work: Work = { from, id, streaming: handler.streaming, abort, wait };
    this.#work.set(workKey(from, id), work);
    const request: RpcRequest = { from, method, payload, streaming, signal: abort.signal };
    this.#run(work, request, handler).catch((error) => wait.settle({ answer: describe(error) }));
  }

  async #run(work: Work, request: RpcRequest, handler: Handler): Promise<void> {
    const { id } = work;
    if (!handler.streaming) {
      const ok = ((await handler.run(request)) ?? null) as never;
      await this.#reply(work, { kind: 'rpc_response', request_id: id, ok, error: null });
    } else {
      let seq = 0;
      for await (const part of handler.run(request)) {
        const payload = (part ?? null) as never;
        if (!(await this.#reply(work, { kind: 'rpc_stream_chunk', request_id: id, seq: ++seq, payload }))) return;
        work.wait.progress();
      }
      await this.#reply(work, { kind: 'rpc_stream_end', request_id: id, error: null });
    }
    work.wait.settle({ answer: null });
  }

  /** `false`: nobody waits for the answer any more. Throws what cannot be sent. */
  async #reply({ from, abort: { signal } }: Work, frame: OutgoingFrame): Promise<boolean> {
    const text = encodeFrame(frame);
    const bytes = Buffer.byteLength(text);
    if (bytes > MAX_MESSAGE_BYTES) throw new Error(`the answer has ${bytes} bytes, more than ${MAX_MESSAGE_BYTES}`);
    return this.#send(from, text, () => signal.aborted);
  }

  #refuse({ from, id, streaming }: Pick<Work, 'from' | 'id' | 'streaming'>, reason: string): void {
    const error = reason.slice(0, MAX_ERROR_LENGTH);
    const frame = encodeFrame(
      streaming
        ? { kind: 'rpc_stream_end', request_id: id, error }
        : { kind: 'rpc_response', request_id: id, ok: null, error },
    );
    if (Buffer.byteLength(frame) > MAX_MESSAGE_BYTES) return; // the id alone may fill a frame
    const owed = this.#owed.get(from) ?? 0;
    if (owed >= OWED_REFUSALS) return;
    this.#owed.set(from, owed + 1);
    this.#send(from, frame, () => false).then(() => {
      const left = (this.#owed.get(from) ?? 0) - 1;
      if (left > 0) this.#owed.set(from, left);
      else this.#owed.delete(from);
    });
  }

  /** Waits while the peer does not read. `false`: it is gone, or the answer is not wanted any more. */
  async #send(from: string, frame: string, unwanted: () => boolean): Promise<boolean> {
    while (!unwanted()) {
      const outcome = this.#host.transmit(from, frame);
      if (outcome.status !== 'refused') return true;
      if (outcome.reason !== 'queue-full') return false;
      await this.#host.untilWritable(from);
    }
    return false;
  }
}

function workKey(from: string, id: string): string {
  return `${from}/${id}`;
}

function describe(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text || 'the handler failed';
}
