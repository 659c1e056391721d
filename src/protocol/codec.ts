/** Frames to text and back. One message is one frame: a JSON object in UTF-8, 1..65535 bytes, from upstream one more. */
import type { z } from 'zod';
import { MAX_RECEIVED_BYTES } from '../link/link.js';
import { type Frame, incomingFrame, OPAQUE_KEYS, type OutgoingFrame, outgoingFrame } from './frames.js';
import { parseStrictJson } from './strict-json.js';

export type DecodeResult = { ok: true; frame: Frame } | { ok: false; error: string };

/** Never throws. The error names the field and quotes nothing of what was sent. */
export function decodeFrame(data: Uint8Array): DecodeResult {
  if (data.length === 0 || data.length > MAX_RECEIVED_BYTES)
    return refused(`${data.length} bytes, not 1..${MAX_RECEIVED_BYTES}`);
  let value: unknown;
  try {
    // ignoreBOM hands a byte order mark on to the parser, which refuses it as upstream does.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
    value = parseStrictJson(text, OPAQUE_KEYS);
  } catch (error) {
    return refused(error instanceof SyntaxError ? error.message : 'not UTF-8');
  }
  const result = incomingFrame.safeParse(value);
  return result.success ? { ok: true, frame: result.data } : refused(describe(result.error));
}

/**
 * The text upstream itself would write for this frame. Throws a TypeError when the payload cannot be written as JSON
 * (a function, a cycle, a bigint) and a ZodError when a field is wrong; both are errors of the caller.
 */
export function encodeFrame(frame: OutgoingFrame): string {
  return encodeMembers(outgoingFrame.parse(frame));
}

function encodeMembers(fields: object): string {
  const members = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `"${key}":${OPAQUE_KEYS.has(key) ? encodeJson(value) : encodeField(value)}`);
  return `{${members.join(',')}}`;
}

function encodeField(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(encodeField).join(',')}]`;
  return typeof value === 'object' && value !== null ? encodeMembers(value) : encodeJson(value);
}

/** Throws a TypeError when the value cannot be written as JSON. */
export function encodeJson(value: unknown): string {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError('cannot be written as JSON');
  // JSON.stringify escapes half a surrogate pair, and upstream drops the whole frame over such an escape.
  return text.replace(/(\\\\)|\\ud[89a-f][0-9a-f]{2}/g, (_, backslash) => backslash ?? '\ufffd');
}

function refused(error: string): DecodeResult {
  return { ok: false, error };
}

function describe(error: z.ZodError): string {
  const issue = error.issues[0]!;
  return `${issue.path.join('.') || 'frame'}: ${issue.message}`;
}
