/** Calls of peers that clients of the control socket answer: who holds which method, and what waits for an answer. */
import { encodeBase32 } from '../identity/base32.js';
import type { Network } from '../mesh/api.js';
import type { RpcRequest } from '../mesh/rpc-api.js';
import { type ControlClient, pushLine } from './control-clients.js';
import { PartPipe } from './part-pipe.js';

const REQUEST_ID_BYTES = 12;
const DROPPED = 'IPC handler dropped without responding';

export interface Claim {
  client: ControlClient;
  /** The name of the network that the client used: pushes repeat it. */
  name: string;
  network: Network;
  method: string;
  streaming: boolean;
}

type Inbound = { client: ControlClient } & (
  | { kind: 'single'; resolve(answer: unknown): void; reject(error: Error): void }
  | { kind: 'stream'; parts: PartPipe }
);
type InboundOf<K extends Inbound['kind']> = Extract<Inbound, { kind: K }>;

export class InboundCalls {
  readonly #randomBytes: (length: number) => Uint8Array;
  readonly #owners = new Map<string, ControlClient>();
  readonly #inbound = new Map<string, Inbound>();

  constructor(randomBytes: (length: number) => Uint8Array) {
    this.#randomBytes = randomBytes;
  }

  /** The newest claim wins; whoever held the method is told. */
  claim({ client, name, network, method, streaming }: Claim): void {
    const key = claimKey(network, method);
    const owner = this.#owners.get(key);
    owner?.unsubscribe(key);
    if (owner && owner !== client) {
      owner.push(pushLine({ kind: 'handler_displaced', network: name, method, by: client.id }));
    }
    client.subscribe(key, () => {
      const end = streaming
        ? network.rpc.serveStream(method, (request) => this.#streamed(client, name, request))
        : network.rpc.serve(method, (request) => this.#single(client, name, request));
      this.#owners.set(key, client);
      return () => {
        end();
        this.#owners.delete(key);
      };
    });
  }

  /** `false`: this client does not hold the method. */
  release(client: ControlClient | undefined, network: Network, method: string): boolean {
    const key = claimKey(network, method);
    if (!client || this.#owners.get(key) !== client) return false;
    client.unsubscribe(key);
    return true;
  }

  /** Any connection may answer. Throws when no single answer waits by this id. */
  respond(id: string, ok: unknown, error: string | null): void {
    const inbound = this.#expect(id, 'single');
    if (!inbound) throw new Error(`no in-flight inbound RPC for '${id}'`);
    if (error === null) inbound.resolve(ok);
    else inbound.reject(new Error(error));
    this.#forget(id);
  }

  /** Resolves when the part is on its way. Throws when no stream waits by this id. */
  async part(id: string, payload: unknown): Promise<void> {
    const inbound = this.#expect(id, 'stream');
    if (!inbound) throw new Error(`no in-flight inbound stream for '${id}'`);
    await inbound.parts.put(payload);
  }

  /** `false`: no stream waits by this id. */
  end(id: string, error: string | null): boolean {
    const inbound = this.#expect(id, 'stream');
    inbound?.parts.end(error);
    this.#forget(id);
    return inbound !== undefined;
  }

  #single(client: ControlClient, name: string, request: RpcRequest): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#ask({ client, kind: 'single', resolve, reject }, name, request);
    });
  }

  #streamed(client: ControlClient, name: string, request: RpcRequest): PartPipe {
    const parts = new PartPipe();
    this.#ask({ client, kind: 'stream', parts }, name, request);
    return parts;
  }

  /** The id is ours: those of two peers could be equal. */
  #ask(inbound: Inbound, name: string, { from, method, payload, streaming, signal }: RpcRequest): void {
    const id = encodeBase32(this.#randomBytes(REQUEST_ID_BYTES));
    this.#inbound.set(id, inbound);
    signal.addEventListener('abort', () => this.#forget(id));
    // The client's end is the end of what it had to answer.
    inbound.client.subscribe(inboundKey(id), () => () => this.#drop(id));
    const push = { kind: 'rpc_inbound', network: name, from, request_id: id, method, payload, streaming };
    inbound.client.push(pushLine(push));
  }

  /** An answer in the wrong form ends the call, as in upstream: the client would wait for nothing. */
  #expect<K extends Inbound['kind']>(id: string, kind: K): InboundOf<K> | undefined {
    const inbound = this.#inbound.get(id);
    if (inbound?.kind === kind) return inbound as InboundOf<K>;
    this.#drop(id);
    return undefined;
  }

  #drop(id: string): void {
    const inbound = this.#inbound.get(id);
    if (inbound?.kind === 'single') inbound.reject(new Error(DROPPED));
    if (inbound?.kind === 'stream') inbound.parts.end(DROPPED);
    this.#forget(id);
  }

  #forget(id: string): void {
    const inbound = this.#inbound.get(id);
    this.#inbound.delete(id);
    inbound?.client.unsubscribe(inboundKey(id));
  }
}

function claimKey(network: Network, method: string): string {
  return JSON.stringify(['rpc', network.id, method]);
}

function inboundKey(id: string): string {
  return JSON.stringify(['inbound', id]);
}
