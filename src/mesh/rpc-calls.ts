/** Calls that we make: each gets one outcome, whatever the far end does. */
import { tunables } from '../../machines/tunables.js';
import { encodeBase32 } from '../identity/base32.js';
import { MAX_MESSAGE_BYTES } from '../link/link.js';
import type { FrameOf } from '../protocol/frames.js';
import type { SendOutcome } from './api.js';
import { encodePayload } from './encode-payload.js';
import { PartQueue } from './part-queue.js';
import { type CallOptions, RpcError, type RpcErrorCode } from './rpc-api.js';
import type { Wait, Waits } from './waits.js';

/** As long as upstream's. */
const REQUEST_ID_BYTES = 12;
/** Calls to one peer that wait for their answer. */
const OPEN_CALLS = 256;

export interface RpcCallsHost {
  readonly waits: Waits;
  randomBytes(length: number): Uint8Array;
  transmit(deviceId: string, frame: string): SendOutcome;
}

type Answer = FrameOf<'rpc_response' | 'rpc_stream_chunk' | 'rpc_stream_end'>;
type Outcome = { ok: unknown } | { error: Error };

interface Call {
  deviceId: string;
  method: string;
  wait: Wait<Outcome>;
  /** Where the parts of the answer go; a single call has no such place. */
  parts: PartQueue | null;
  nextSeq: bigint;
}

export class RpcCalls {
  readonly #host: RpcCallsHost;
  readonly #calls = new Map<string, Call>();
  #open = true;

  constructor(host: RpcCallsHost) {
    this.#host = host;
  }

  async call(deviceId: string, method: string, payload: unknown, options: CallOptions = {}): Promise<unknown> {
    const outcome = await new Promise<Outcome>((resolve) => {
      this.#begin(deviceId, method, payload, { options, parts: null, ended: resolve });
    });
    if ('error' in outcome) throw outcome.error;
    return outcome.ok;
  }

  callStream(deviceId: string, method: string, payload: unknown, options: CallOptions = {}) {
    const parts: PartQueue = new PartQueue(() => settle({ ok: null }));
    const settle = this.#begin(deviceId, method, payload, {
      options,
      parts,
      ended: (outcome) => parts.end('error' in outcome ? outcome.error : null),
    });
    return parts;
  }

  answered(from: string, frame: Answer): void {
    const call = this.#calls.get(frame.request_id);
    // Ids are not secret: only the peer that was asked may answer.
    if (!call || call.deviceId !== from) return;
    switch (frame.kind) {
      case 'rpc_response':
        return this.#single(call, frame);
      case 'rpc_stream_chunk':
        return this.#part(call, frame);
      case 'rpc_stream_end':
        call.wait.settle(call.parts && frame.error === null ? { ok: null } : { error: endError(call, frame.error) });
    }
  }

  /** The process that was asked is gone: nobody will answer. */
  peerGone(deviceId: string, reason: string): void {
    for (const call of [...this.#calls.values()]) {
      if (call.deviceId === deviceId) {
        call.wait.settle({ error: new RpcError('peer-gone', `${call.method}: the peer is gone (${reason})`) });
      }
    }
  }

  close(): void {
    this.#open = false;
    for (const { wait } of [...this.#calls.values()]) wait.settle({ error: new RpcError('closed', 'network down') });
  }

  /** Throws what keeps the request from being sent. Returns how to end the call. */
  #begin(
    deviceId: string,
    method: string,
    payload: unknown,
    { options, parts, ended }: { options: CallOptions; parts: PartQueue | null; ended: (outcome: Outcome) => void },
  ): (outcome: Outcome) => void {
    options.signal?.throwIfAborted();
    if (!this.#open) throw new RpcError('closed', 'network down');
    const id = encodeBase32(this.#host.randomBytes(REQUEST_ID_BYTES));
    const frame = encodePayload(method, {
      kind: 'rpc_request',
      request_id: id,
      method,
      payload: payload as never,
      streaming: parts !== null,
    });
    if (Buffer.byteLength(frame) > MAX_MESSAGE_BYTES) throw notSent('too-large', deviceId);
    const open = [...this.#calls.values()].filter((call) => call.deviceId === deviceId).length;
    if (open >= OPEN_CALLS) throw notSent('too-many-calls', deviceId);
    const outcome = this.#host.transmit(deviceId, frame);
    if (outcome.status === 'refused') throw notSent(outcome.reason, deviceId);

    const limitMs = options.timeoutMs ?? tunables.callLimitMs;
    const late = new RpcError('timed-out', `${method}: no answer within ${limitMs} ms`);
    const onAbort = () => wait.settle({ error: options.signal?.reason });
    const wait = this.#host.waits.open<Outcome>(limitMs, { error: late }, (result) => {
      this.#calls.delete(id);
      options.signal?.removeEventListener('abort', onAbort);
      ended(result);
    });
    this.#calls.set(id, { deviceId, method, wait, parts, nextSeq: 1n });
    options.signal?.addEventListener('abort', onAbort);
    return (result) => wait.settle(result);
  }

  #single({ method, parts, wait }: Call, { ok, error }: FrameOf<'rpc_response'>): void {
    if (error !== null) {
      wait.settle({ error: new RpcError('failed', error) });
    } else if (parts === null) {
      wait.settle({ ok });
    } else {
      wait.settle(parts.add(ok) ? { ok: null } : { error: tooSlow(method) });
    }
  }

  #part(call: Call, { seq, payload }: FrameOf<'rpc_stream_chunk'>): void {
    const { method, parts, wait } = call;
    if (parts === null) {
      wait.settle({ error: new RpcError('is-a-stream', `${method} answers in parts: use callStream`) });
    } else if (seq !== call.nextSeq) {
      const text = `${method}: part ${call.nextSeq} of the answer is missing`;
      wait.settle({ error: new RpcError('broken-stream', text) });
    } else if (!parts.add(payload)) {
      wait.settle({ error: tooSlow(method) });
    } else {
      call.nextSeq += 1n;
      wait.progress();
    }
  }
}

function notSent(code: RpcErrorCode, deviceId: string): RpcError {
  const texts: Partial<Record<RpcErrorCode, string>> = {
    'unknown-peer': `peer ${deviceId} is not known now`,
    'not-active': `peer ${deviceId} has never been active`,
    'queue-full': `peer ${deviceId} does not read: too much waits for it`,
    'too-large': `the request exceeds ${MAX_MESSAGE_BYTES} bytes`,
    'too-many-calls': `${OPEN_CALLS} calls to peer ${deviceId} wait for an answer`,
    closed: 'network down',
  };
  return new RpcError(code, texts[code] ?? code);
}

function endError({ method, parts }: Call, error: string | null): RpcError {
  if (error !== null) return new RpcError('failed', error);
  return parts
    ? new RpcError('failed', method)
    : new RpcError('is-a-stream', `${method} answers in parts: use callStream`);
}

function tooSlow(method: string): RpcError {
  return new RpcError('too-slow', `${method}: the answer was not read as fast as it came`);
}
