/** Lines of the daemon's log as messages: its words, and of its fields those that are listed here. */
import { z } from 'zod';
import type { LogMessage } from './messages.js';
import { cleanText } from './sanitize.js';

const LEVELS: Record<number, LogMessage['level']> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};
const FIELDS = new Set(
  'network peer device epoch detail reason relay url ms via kind pausedMs what signal port rostered by op version boot'.split(
    ' ',
  ),
);

const line = z.looseObject({ level: z.number(), time: z.number(), msg: z.string().default('') });

/** undefined: not a line of ours. */
export function logMessageOf(text: string): LogMessage | undefined {
  const parsed = line.safeParse(parse(text));
  const level = LEVELS[parsed.data?.level ?? 0];
  if (!parsed.success || !level) return undefined;
  const { time, msg, err, ...rest } = parsed.data;
  const fields: LogMessage['fields'] = {};
  for (const [name, value] of Object.entries(rest)) {
    if (!FIELDS.has(name)) continue;
    if (typeof value === 'string') fields[name] = cleanText(value);
    else if (typeof value === 'number' || typeof value === 'boolean' || value === null) fields[name] = value;
  }
  const message = (err as { message?: unknown } | undefined)?.message;
  if (message !== undefined) fields.error = cleanText(String(message));
  return { type: 'wakemesh.log', atMs: time, level, text: cleanText(msg), fields };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
