/**
 * Upstream's envelope for messages that go by way of others: a `channel` frame on a channel of its own. Its id is a
 * 64-bit number that every forwarder must hand on unchanged, or the same message is taken for two.
 */
import { z } from 'zod';
import { encodeJson } from './codec.js';
import { json, u64 } from './fields.js';
import type { Frame } from './frames.js';
import { parseStrictJson } from './strict-json.js';

const ROUTED_CHANNEL = '__mesh_relay__/v1';
const BODY = new Set(['__body']);

export interface Routed {
  kind: 'routed';
  /** Empty: for everybody. */
  dst: string;
  /** Who said it first. Empty: whoever hands it over. */
  src: string;
  channel: string;
  body: unknown;
  /** How often it may still be handed on. */
  ttl: number;
  /** 0: two of them are not told apart. */
  id: bigint;
}

const envelope = z.object({
  payload: z.object({
    dst: z.string().default(''),
    src: z.string().default(''),
    payload: z.object({
      __channel: z.string().refine((channel) => channel !== ROUTED_CHANNEL),
      __body: json.default(null),
      __ttl: u64.default(0n),
      __id: u64.default(0n),
    }),
  }),
});

/** What `frame`, decoded from `data`, carries; any other frame comes back as it is. */
export function unwrap(frame: Frame, data: Uint8Array): Frame | Routed {
  if (frame.kind !== 'channel' || frame.channel !== ROUTED_CHANNEL) return frame;
  const result = envelope.safeParse(parse(data));
  if (!result.success) return frame;
  const { dst, src, payload } = result.data.payload;
  const { __channel: channel, __body: body, __ttl: ttl, __id: id } = payload;
  return { kind: 'routed', dst, src, channel, body, ttl: Number(ttl & 0xffn), id };
}

function parse(data: Uint8Array): unknown {
  try {
    return parseStrictJson(new TextDecoder().decode(data), BODY);
  } catch {
    return undefined; // a key stands twice where a frame would be refused for it
  }
}

/** The text of the frame. Throws a TypeError when the body cannot be written as JSON. */
export function encodeRouted({ dst, src, channel, body, ttl, id }: Omit<Routed, 'kind'>): string {
  const inner = `{"__body":${encodeJson(body)},"__channel":${encodeJson(channel)},"__id":${id},"__ttl":${ttl}}`;
  const payload = `{"dst":${encodeJson(dst)},"src":${encodeJson(src)},"payload":${inner}}`;
  return `{"kind":"channel","channel":"${ROUTED_CHANNEL}","payload":${payload}}`;
}
