/**
 * A recording of the inspection socket as a file: JSON lines, a header first and a trailer last, between them each message
 * as it was sent. A file without its trailer was cut short.
 */
import { z } from 'zod';
import { type InspectMessage, inspectMessage } from './messages.js';

export const header = z.object({
  type: z.literal('wakemesh.recording'),
  /** Grows when an old reader would misread a file. */
  format: z.literal(1),
  version: z.string(),
  atMs: z.number(),
});
export const trailer = z.object({ type: z.literal('wakemesh.recording-end'), messages: z.int() });

/** Nobody waits for the end of a freeze, or for a clock that was set: nothing happens meanwhile. */
const MAX_PAUSE_MS = 5_000;
/** Longer than any message of a mesh of 1,000 peers. */
const MAX_LINE_LETTERS = 4 << 20;

export interface Recording {
  version: string;
  /** In their order, with their playing time since the first one. */
  messages: { playAtMs: number; text: string }[];
  /** What is wrong with the file, and in which line (counted from 1); what comes before it is in `messages`. */
  fault: { line: number; problem: string } | null;
}

/** Reads as far as it is whole. Throws an `Error` when it is no recording at all. */
export function readRecording(text: string): Recording {
  const lines = text.split('\n');
  const first = header.safeParse(parseLine(lines[0] ?? ''));
  if (!first.success)
    throw new Error('this is no recording of `wakemesh record`, or of a newer version: line 1 is no header');
  const recording: Recording = { version: first.data.version, messages: [], fault: null };
  let playAtMs = 0;
  let lastAtMs: number | null = null;
  for (const [index, line] of lines.entries()) {
    if (index === 0) continue;
    const value = parseLine(line);
    if (trailer.safeParse(value).success) return recording;
    const message = inspectMessage.safeParse(value);
    if (!message.success) return { ...recording, fault: { line: index + 1, problem: problemOf(line, index, lines) } };
    playAtMs += pauseBefore(message.data, lastAtMs);
    lastAtMs = timeOf(message.data) ?? lastAtMs;
    recording.messages.push({ playAtMs, text: line });
  }
  return { ...recording, fault: { line: lines.length + 1, problem: NO_TRAILER } };
}

const NO_TRAILER = 'the recording ends without its last line';

function problemOf(line: string, index: number, lines: string[]): string {
  if (index < lines.length - 1)
    return parseLine(line) === undefined ? 'not JSON' : 'no message of the inspection socket';
  return line === '' ? NO_TRAILER : 'the recording ends within this line';
}

function parseLine(line: string): unknown {
  if (line.length > MAX_LINE_LETTERS) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function pauseBefore(message: InspectMessage, lastAtMs: number | null): number {
  const atMs = timeOf(message);
  if (atMs === null || lastAtMs === null) return 0;
  return Math.min(Math.max(0, atMs - lastAtMs), MAX_PAUSE_MS);
}

/** Milliseconds since 1970; null for an answer, which has no time of its own. */
function timeOf(message: InspectMessage): number | null {
  if ('atMs' in message) return Number(message.atMs);
  return 'createdAt' in message ? Number(message.createdAt) : null;
}
