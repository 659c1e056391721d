/** What may be asked on the control socket, in upstream's framing and with the words of its refusals. */
import { z } from 'zod';
import { capabilityAdvert } from '../protocol/frames.js';
import { NOT_AN_INTEGER, parseStrictJson, TWICE } from '../protocol/strict-json.js';
import { messageOf } from './errors.js';

const text = z.string();
const network = text;
const clientId = text.regex(/^c\d{1,15}$/, {
  error: (issue) => `ClientId must be 'c' and a number, got '${issue.input}'`,
});
const label = text.nullish();
/** 0 and absent: the default. */
const milliseconds = z.int().min(0).optional();
/** Anything but absent. */
const payload = z.unknown().refine((value) => value !== undefined);

/** Members in upstream's order: a request may also be an array of the op and its members. */
const ops = {
  status: z.object({}),
  networks_list: z.object({}),
  network_reconnect: z.object({ network, peer: text.nullish() }),
  network_connect_peer: z.object({
    network,
    peer: text,
    pin: z.boolean().default(false),
    wait_ms: z.int().min(0).default(0),
  }),
  network_unpin_peer: z.object({ network, peer: text }),
  topology_set: z.object({ network, topology: text, hub: text.nullish() }),
  peers_list: z.object({ network }),
  roster_list: z.object({ network }),
  roster_approve: z.object({ network, device_id: text, label }),
  roster_remove: z.object({ network, device_id: text }),
  identity_show: z.object({}),
  identity_set_label: z.object({ label: text }),
  network_id_generate: z.object({}),
  network_id_normalize: z.object({ input: text }),
  config_show: z.object({}),
  services_status: z.object({}),
  governance_state: z.object({ network }),
  inspect_start: z.object({ port: z.int().min(0).max(65_535).nullish() }),
  events_subscribe: z.object({}),
  channel_subscribe: z.object({ client_id: clientId, network, channel: text }),
  channel_unsubscribe: z.object({ client_id: clientId, network, channel: text }),
  channel_send_to: z.object({ network, channel: text, peer: text, payload }),
  channel_send_all: z.object({ network, channel: text, payload }),
  capabilities_set: z.object({ network, capabilities: capabilityAdvert }),
  channel_send_reliable: z.object({ network, channel: text, peer: text, payload, ttl_ms: milliseconds }),
  rpc_register: z.object({ client_id: clientId, network, method: text, streaming: z.boolean() }),
  rpc_unregister: z.object({ client_id: clientId, network, method: text }),
  rpc_respond: z.object({ request_id: text, ok: z.unknown().optional(), error: text.nullish() }),
  rpc_stream_chunk: z.object({ request_id: text, payload }),
  rpc_stream_end: z.object({ request_id: text, error: text.nullish() }),
  rpc_call: z.object({ network, peer: text, method: text, payload, timeout_ms: milliseconds }),
  rpc_call_stream: z.object({
    client_id: clientId,
    network,
    peer: text,
    method: text,
    payload,
    timeout_ms: milliseconds,
  }),
};

type Ops = typeof ops;
export type OpName = keyof Ops;
export type Request = { [Op in OpName]: { op: Op } & z.infer<Ops[Op]> }[OpName];
export type RequestOf<Op extends OpName> = Extract<Request, { op: Op }>;

/** What is below them is passed on as it is. */
const OPAQUE_KEYS = new Set(['payload', 'ok', 'extra']);

/** Throws an `Error` whose message begins `parse: `: clients probe for newer ops by that word. */
export function parseRequest(line: string): Request {
  const json = parseJson(line);
  if (typeof json !== 'object' || json === null) {
    throw new Error(`parse: invalid type: ${typeName(json)}, expected a request object`);
  }
  const op = Array.isArray(json) ? json[0] : (json as { op?: unknown }).op;
  if (op === undefined) throw new Error('parse: missing field `op`');
  if (op === TWICE) throw new Error('parse: duplicate field `op`');
  if (typeof op !== 'string') throw new Error(`parse: invalid type: ${typeName(op)}, expected variant identifier`);
  if (!Object.hasOwn(ops, op)) {
    const known = Object.keys(ops).map((name) => `\`${name}\``);
    throw new Error(`parse: unknown variant \`${op}\`, expected one of ${known.join(', ')}`);
  }
  const schema: z.ZodObject = ops[op as OpName];
  const members = Array.isArray(json) ? fromPositions(Object.keys(schema.shape), json.slice(1)) : json;
  const parsed = schema.safeParse(members);
  if (!parsed.success) throw new Error(`parse: ${describe(parsed.error, members as Record<string, unknown>)}`);
  return { ...parsed.data, op } as Request;
}

function parseJson(line: string): unknown {
  try {
    const strict = parseStrictJson(line, OPAQUE_KEYS);
    // In an array nothing says which member is the payload, and `5.0` passes for `5`.
    return Array.isArray(strict) ? JSON.parse(line) : strict;
  } catch (error) {
    throw new Error(`parse: ${messageOf(error)}`);
  }
}

function fromPositions(names: string[], values: unknown[]): Record<string, unknown> {
  return Object.fromEntries(names.slice(0, values.length).map((name, index) => [name, values[index]]));
}

/** By zod's name of a type. */
const EXPECTED: Record<string, string> = {
  string: 'a string',
  boolean: 'a boolean',
  number: 'u64',
  int: 'u64',
  array: 'a sequence',
  object: 'a map',
};

function describe(error: z.ZodError, members: Record<string, unknown>): string {
  const issue = error.issues[0]!;
  const field = issue.path.join('.');
  const value = issue.path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)?.[key], members);
  if (value === undefined) return `missing field \`${field}\``;
  if (value === TWICE) return `duplicate field \`${field}\``;
  if (issue.code !== 'invalid_type') return `${field}: ${issue.message}`;
  return `${field}: invalid type: ${typeName(value)}, expected ${EXPECTED[issue.expected] ?? issue.expected}`;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'sequence';
  if (typeof value === 'number') return `${Number.isInteger(value) ? 'integer' : 'floating point'} \`${value}\``;
  if (value === NOT_AN_INTEGER) return 'floating point';
  if (typeof value === 'boolean') return `boolean \`${value}\``;
  return typeof value === 'string' ? 'string' : 'map';
}
