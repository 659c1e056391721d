/**
 * Every frame of the data channel. The order of the fields is the order on the wire, and a field is optional exactly
 * where upstream's is: it drops a whole frame over one `null` too many.
 */
import { z } from 'zod';
import { i64, json, openUnion, option, u32, u64, unixSeconds } from './fields.js';
import { networkKind, role, transition, variant } from './governance.js';

/** What a device says about itself. `extra` is the application's. */
export const capabilityAdvert = z.object({
  tags: z.array(z.string()).default([]),
  app_version: option(z.string()),
  max_connections: option(u32),
  extra: z.unknown().default(null),
});

/** What only Wakemesh says in a hello. Upstream ignores the key; a shape we do not know reads as absent. */
const wakemeshExtra = z.object({ boot: z.int().min(0), room: z.string().optional() });

const hello = z.object({
  kind: z.literal('hello'),
  protocol: u32,
  device_id: z.string(),
  label: z.string().default(''),
  nonce: z.string(),
  verification_code: z.string(),
  capabilities: option(capabilityAdvert),
  max_connections: option(u32),
  features: z.array(z.string()).default([]),
  app_version: option(z.string()),
  wm: wakemeshExtra.optional().catch(undefined),
});

/** Upstream leaves an empty log out of a deny. */
const logUnlessEmpty = z
  .array(transition)
  .optional()
  .transform((log) => (log?.length ? log : undefined));

const frame = openUnion([
  hello,
  z.object({ kind: z.literal('auth_response'), signature: z.string() }),
  z.object({ kind: z.literal('approve') }),
  z.object({
    kind: z.literal('deny'),
    reason: option(z.string()),
    transitions: logUnlessEmpty,
    member_log: logUnlessEmpty,
  }),
  z.object({ kind: z.literal('ping'), t: i64 }),
  z.object({ kind: z.literal('pong'), t: i64 }),
  z.object({ kind: z.literal('capabilities_update'), capabilities: capabilityAdvert }),
  z.object({ kind: z.literal('shelve'), reason: option(z.string()) }),
  z.object({ kind: z.literal('unshelve') }),
  z.object({
    kind: z.literal('rpc_request'),
    request_id: z.string(),
    method: z.string(),
    payload: json,
    streaming: z.boolean().default(false),
  }),
  z.object({
    kind: z.literal('rpc_response'),
    request_id: z.string(),
    ok: z.unknown().default(null),
    error: option(z.string()),
  }),
  z.object({ kind: z.literal('rpc_stream_chunk'), request_id: z.string(), seq: u64, payload: json }),
  z.object({ kind: z.literal('rpc_stream_end'), request_id: z.string(), error: option(z.string()) }),
  z.object({ kind: z.literal('channel'), channel: z.string(), payload: json }),
  z.object({ kind: z.literal('channel_seq'), stream: u64, seq: u64, channel: z.string(), payload: json }),
  z.object({ kind: z.literal('channel_ack'), stream: u64, up_to: u64 }),
  z.object({
    kind: z.literal('network_state'),
    network_kind: networkKind,
    transitions_count: u32,
    member_log_count: u32.default(0),
    roster_root: z.string(),
  }),
  z.object({
    kind: z.literal('network_state_propose'),
    proposal_id: z.string(),
    variant,
    proposer: z.string(),
    created_at: unixSeconds,
    signature: z.string(),
  }),
  z.object({
    kind: z.literal('network_state_ack'),
    proposal_id: z.string(),
    signer: z.string(),
    decision: z.enum(['sign', 'deny']),
    at: unixSeconds,
    signature: z.string(),
  }),
  z.object({
    kind: z.literal('network_state_split'),
    parent_proposal_id: z.string(),
    new_network_id: z.string(),
    members: z.array(z.string()),
    proposer: z.string(),
    at: unixSeconds,
    signature: z.string(),
  }),
  z.object({ kind: z.literal('roster_summary'), root: z.string(), count: u32, last_edit_ts: unixSeconds }),
  z.object({
    kind: z.literal('roster_request'),
    include_all: z.boolean().default(false),
    subtree_hashes: z.array(z.string()).default([]),
  }),
  z.object({
    kind: z.literal('roster_entries'),
    entries: z.array(
      z.object({
        device_id: z.string(),
        label: z.string(),
        approved_at: unixSeconds,
        role,
        granted_by: z.string().default(''),
      }),
    ),
    transitions: z.array(transition).default([]),
    member_log: z.array(transition).default([]),
  }),
]);

/** What we write: closed, so that a misspelt kind is caught here and not swallowed by the far end. */
export const outgoingFrame = frame.known;
/** What we read: a kind from the future is `{ kind: 'unknown' }`. */
export const incomingFrame = frame.open;

/** Values below these keys are the application's: any JSON, handed on as JSON.parse reads it. */
export const OPAQUE_KEYS: ReadonlySet<string> = new Set(['payload', 'ok', 'extra']);

export type OutgoingFrame = z.input<typeof outgoingFrame>;
export type Frame = z.output<typeof incomingFrame>;
export type FrameOf<K extends Frame['kind']> = Extract<Frame, { kind: K }>;
export type CapabilityAdvert = z.output<typeof capabilityAdvert>;
/** The same with every member optional. */
export type Capabilities = z.input<typeof capabilityAdvert>;

/** The four frames of the handshake. All others count only from a peer that is admitted. */
export type ProtocolFrame = FrameOf<'hello' | 'auth_response' | 'approve' | 'deny'>;

export function isProtocolFrame(frame: Frame): frame is ProtocolFrame {
  return frame.kind === 'hello' || frame.kind === 'auth_response' || frame.kind === 'approve' || frame.kind === 'deny';
}
