/** Which of the configured relays to keep connected: all devices of a network must come to the same answer. */
import { createHash } from 'node:crypto';

const ALWAYS_DENIED = ['relay.damus.io', 'chorus.pjv.me'];

export interface RelayChoice {
  appId: string;
  servers: readonly string[];
  /** How many relays to keep connected. */
  redundancy: number;
  /** Host names that are never dialled, besides the built-in ones. */
  denylist?: readonly string[];
}

/** Sorted by a hash of application and URL as it is written, so that a pool is used evenly and without agreement. */
export function selectRelays({ appId, servers, redundancy, denylist = [] }: RelayChoice): string[] {
  return servers
    .filter((url) => !isDenied(url, denylist))
    .map((url) => ({ url, score: relayScore(appId, url) }))
    .sort((a, b) => compareBytes(a.score, b.score) || compareBytes(a.url, b.url))
    .slice(0, redundancy)
    .map(({ url }) => url);
}

export function relayScore(appId: string, url: string): string {
  return createHash('sha256').update(`${appId}:${url}`).digest('hex');
}

/** Reads the host as upstream does, crudely: a URL that it does not recognise is not denied there either. */
export function isDenied(url: string, denylist: readonly string[] = []): boolean {
  const host = url
    .replace(/^wss?:\/\//, '')
    .split('/', 1)[0]!
    .split(':', 1)[0]!
    .toLowerCase();
  return ALWAYS_DENIED.includes(host) || denylist.some((denied) => denied.toLowerCase() === host);
}

/** As byte strings: a locale would sort them differently on another machine. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
