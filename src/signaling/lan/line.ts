/** What devices say to each other on the local network: one JSON object a line. */
import { z } from 'zod';
import { parseStrictJson } from '../../protocol/strict-json.js';
import { type Envelope, readEnvelope } from '../envelope.js';
import { VERSION } from './names.js';

const line = z.object({
  v: z.int().min(0).max(255),
  room: z.string(),
  from: z.string(),
  to: z.string(),
  msg: z.record(z.string(), z.unknown()),
});

export interface Line {
  v: number;
  room: string;
  to: string;
  message: Envelope;
}

/** Undefined when it is no line of this protocol: upstream then closes the connection. Never throws. */
export function decodeLine(text: string): Line | undefined {
  try {
    const { v, room, from, to, msg } = line.parse(parseStrictJson(text, new Set()));
    // A line always names its recipient, even of what is said to everybody.
    const isForAll = msg.kind === 'announce' || msg.kind === 'leave';
    const message = readEnvelope({ ...msg, from, to: isForAll ? null : to });
    return message && { v, room, to, message };
  } catch {
    return undefined;
  }
}

/** `content`: envelope text of ours that names its recipient. */
export function encodeLine(room: string, content: string): string {
  const { from, to, ...msg } = JSON.parse(content);
  return `${JSON.stringify({ v: VERSION, room, from, to, msg })}\n`;
}
