/** RPC and reliable messages on the control socket, in upstream's shapes and with the words of its refusals. */
import type { Delivery, Network } from '../mesh/api.js';
import { RpcError } from '../mesh/rpc-api.js';
import { type ControlClient, type ControlClients, pushLine } from './control-clients.js';
import type { Answers } from './control-ops.js';
import { messageOf } from './errors.js';
import { InboundCalls } from './inbound-calls.js';

type RpcOp =
  | 'rpc_register'
  | 'rpc_unregister'
  | 'rpc_respond'
  | 'rpc_stream_chunk'
  | 'rpc_stream_end'
  | 'rpc_call'
  | 'rpc_call_stream'
  | 'channel_send_reliable';

export interface RpcOpsContext {
  clients: ControlClients;
  randomBytes(length: number): Uint8Array;
  /** By config id or wire id. Throws when there is none. */
  joined(name: string): Network;
}

export function rpcOps({ clients, randomBytes, joined }: RpcOpsContext): Pick<Answers, RpcOp> {
  const inbound = new InboundCalls(randomBytes);
  let lastStream = -1;
  return {
    rpc_register: ({ client_id, network, method, streaming }) => {
      const client = clients.require(client_id);
      inbound.claim({ client, name: network, network: joined(network), method, streaming });
      return { registered: true };
    },
    rpc_unregister: ({ client_id, network, method }) => {
      return { released: inbound.release(clients.find(client_id), joined(network), method) };
    },
    rpc_respond: ({ request_id, ok, error }) => {
      inbound.respond(request_id, ok ?? null, error ?? null);
      return { resolved: true };
    },
    rpc_stream_chunk: async ({ request_id, payload }) => {
      await inbound.part(request_id, payload);
      return { delivered: true };
    },
    rpc_stream_end: ({ request_id, error }) => ({ closed: inbound.end(request_id, error ?? null) }),

    rpc_call: async ({ network, peer, method, payload, timeout_ms }) => {
      try {
        const response = await joined(network).rpc.call(peer, method, payload, timeout(timeout_ms));
        return { response };
      } catch (error) {
        throw new Error(callFailure(error, peer));
      }
    },
    rpc_call_stream: ({ client_id, network, peer, method, payload, timeout_ms }) => {
      const client = clients.require(client_id);
      let parts: AsyncIterableIterator<unknown>;
      try {
        parts = joined(network).rpc.callStream(peer, method, payload, timeout(timeout_ms));
      } catch (error) {
        throw new Error(callFailure(error, peer));
      }
      const request_id = `ipc-stream-${++lastStream}`;
      forward(parts, client, request_id, peer);
      return { request_id };
    },

    channel_send_reliable: async ({ network, channel, peer, payload, ttl_ms }) => {
      const options = ttl_ms ? { ttlMs: ttl_ms } : {};
      const outcome = await joined(network).channel(channel).sendReliable(peer, payload, options);
      if (outcome.status === 'failed') throw new Error(deliveryFailure(outcome, peer));
      return { delivered: true };
    },
  };
}

/** Each part is a push; the last one says how it ended. Never rejects. */
async function forward(
  parts: AsyncIterableIterator<unknown>,
  client: ControlClient,
  request_id: string,
  peer: string,
): Promise<void> {
  let error: string | null = null;
  client.subscribe(request_id, () => () => parts.return?.()); // nobody is left to read
  try {
    for await (const payload of parts) client.push(pushLine({ kind: 'rpc_call_stream_chunk', request_id, payload }));
  } catch (reason) {
    error = callFailure(reason, peer);
  }
  client.push(pushLine({ kind: 'rpc_call_stream_end', request_id, error }));
  client.unsubscribe(request_id);
}

function timeout(timeoutMs: number | undefined) {
  return timeoutMs ? { timeoutMs } : {};
}

function callFailure(error: unknown, peer: string): string {
  if (!(error instanceof RpcError)) return messageOf(error);
  switch (error.code) {
    case 'failed':
      return `handler returned error: ${error.message}`;
    case 'unknown-peer':
      return `peer peer not found: ${peer} not in active set`;
    case 'not-active':
      return 'transport: session not yet established';
    default:
      return error.message;
  }
}

/** Upstream's names of the drops that end a delivery. */
const ABANDONED: Record<string, string> = {
  left: 'UserLeft',
  'left-unanswered': 'UserLeft',
  denied: 'Denied',
  removed: 'Denied',
  'auth-failed': 'AuthFailed',
};

function deliveryFailure(outcome: Extract<Delivery, { status: 'failed' }>, peer: string): string {
  switch (outcome.reason) {
    case 'expired':
      return `transport: reliable send to ${peer} expired before delivery`;
    case 'outbox-full':
      return `transport: reliable outbox for ${peer} is full (256 frames pending)`;
    case 'abandoned':
      return `transport: reliable send to ${peer} abandoned: ${ABANDONED[outcome.why] ?? outcome.why}`;
    case 'too-large':
      return 'transport: outbound packet larger than maximum message size';
    case 'unsupported':
      return `transport: ${peer} acknowledges nothing: it lacks reliable_channels_v1`;
    case 'closed':
      return 'network down';
  }
}
