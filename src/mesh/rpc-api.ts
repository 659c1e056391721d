/** Remote calls, as an embedder sees them. */
export interface CallOptions {
  /** The answer, or the next part of it, must come within this time, or `timed-out`. Default 60 s; seen within a second. */
  timeoutMs?: number;
  /** An abort ends the waiting with the signal's reason. The far end is not told: the protocol has no word for it. */
  signal?: AbortSignal;
}

export interface RpcRequest {
  /** Bare id of the device that asks. */
  from: string;
  method: string;
  payload: unknown;
  /** Does the caller expect a stream? What it gets depends on the handler alone. */
  streaming: boolean;
  /** Aborted when nobody waits for the answer any more: the caller is gone, the network left, the time over. */
  signal: AbortSignal;
}

/** The value, or what it resolves to, is the answer (`undefined` reads as null). What it throws is told by its message. */
export type RpcHandler = (request: RpcRequest) => unknown;
/** Each value is a part of the answer. The next one is asked for when the last one has left. */
export type RpcStreamHandler = (request: RpcRequest) => AsyncIterable<unknown> | Iterable<unknown>;

export interface Rpc {
  /** Answers calls of this method; the newest registration counts. Returns a function that ends it. */
  serve(method: string, handler: RpcHandler): () => void;
  /** The same with an answer in parts. */
  serveStream(method: string, handler: RpcStreamHandler): () => void;
  /** The answer. Rejects with an `RpcError`, or with the reason of an aborted signal. */
  call(deviceId: string, method: string, payload: unknown, options?: CallOptions): Promise<unknown>;
  /**
   * The parts of the answer in order, each once; a single answer is one part. Throws an `RpcError` at once when the
   * request cannot be sent. Bounded: a reader that falls 1,024 parts behind is told `too-slow`.
   */
  callStream(deviceId: string, method: string, payload: unknown, options?: CallOptions): AsyncIterableIterator<unknown>;
}

export type RpcErrorCode =
  // The request was not sent.
  | 'unknown-peer'
  | 'not-active'
  | 'queue-full'
  | 'too-large'
  | 'too-many-calls'
  | 'closed'
  // It was sent.
  | 'timed-out'
  | 'peer-gone'
  /** The far end says so; the message is its own. */
  | 'failed'
  | 'is-a-stream'
  | 'broken-stream'
  | 'too-slow';

/** Codes are stable; messages are for people. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  constructor(
    readonly code: RpcErrorCode,
    message: string,
  ) {
    super(message);
  }
}
