/** What a relay says (NIP-01), as far as we listen. */
import { z } from 'zod';
import { parseStrictJson } from '../protocol/strict-json.js';
import { type NostrEvent, nostrEvent } from './nostr-event.js';

const MAX_REASON_CHARS = 120;

const text = z.string();
const frame = z.union([
  z.tuple([z.literal('EVENT'), text, nostrEvent]),
  z.tuple([z.literal('EOSE'), text]),
  z.tuple([z.literal('OK'), text, z.boolean()]).rest(z.unknown()),
  z.tuple([z.literal('CLOSED'), text]).rest(z.unknown()),
  z.tuple([z.literal('NOTICE'), text]),
]);

export type RelayFrame =
  | { type: 'event'; event: NostrEvent }
  | { type: 'stored-events-end'; subscription: string }
  | { type: 'ok'; id: string; accepted: boolean; reason: string }
  | { type: 'closed'; subscription: string; reason: string }
  | { type: 'notice'; text: string };

/** Undefined for anything else, well formed or not. Never throws. */
export function parseRelayFrame(data: string): RelayFrame | undefined {
  let parsed: z.infer<typeof frame> | undefined;
  try {
    parsed = frame.safeParse(parseStrictJson(data, new Set())).data;
  } catch {
    return undefined;
  }
  if (!parsed) return undefined;
  switch (parsed[0]) {
    case 'EVENT':
      return { type: 'event', event: parsed[2] };
    case 'EOSE':
      return { type: 'stored-events-end', subscription: parsed[1] };
    case 'OK':
      return { type: 'ok', id: parsed[1], accepted: parsed[2], reason: printable(parsed[3]) };
    case 'CLOSED':
      return { type: 'closed', subscription: parsed[1], reason: printable(parsed[2]) };
    case 'NOTICE':
      return { type: 'notice', text: printable(parsed[1]) };
  }
}

/** Relay text goes to logs and terminals: one short line without control characters. */
function printable(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, MAX_REASON_CHARS).replace(/\p{C}/gu, ' ').trim() : '';
}
