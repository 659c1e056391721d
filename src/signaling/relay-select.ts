/** Which relays a configuration asks for: all devices of a network must come to the same answer. */
import { createHash } from 'node:crypto';

/** Where upstream's networks meet when the configuration names no server. */
const PRIMARY_RELAYS = ['wss://myownmesh.com'];
/** Public relays that upstream asks, all of them, while no other admits it. */
const FALLBACK_RELAYS = [
  'wss://nos.lol',
  'wss://relay.nostr.band',
  'wss://nostr.mom',
  'wss://relay.snort.social',
  'wss://relay.primal.net',
  'wss://nostr-pub.wellorder.net',
  'wss://relay.nostr.bg',
  'wss://nostr.wine',
  'wss://offchain.pub',
];
const ALWAYS_DENIED = ['relay.damus.io', 'chorus.pjv.me'];

export interface RelayWishes {
  appId: string;
  /** Empty: upstream's. */
  servers: readonly string[];
  /** How many of them to keep connected. */
  redundancy: number;
  /** Host names that are never dialled, besides the built-in ones. */
  denylist: readonly string[];
  publicFallback: boolean;
}

export interface RelayChoice {
  /** To keep connected. */
  relays: string[];
  /** To ask while none of `relays` admits us. */
  fallback: string[];
}

export function chooseRelays({ appId, servers, redundancy, denylist, publicFallback }: RelayWishes): RelayChoice {
  const pool = servers.length > 0 ? servers : PRIMARY_RELAYS;
  const relays = selectRelays({ appId, servers: pool, redundancy, denylist });
  const fallback = FALLBACK_RELAYS.filter((url) => !isDenied(url, denylist) && !relays.includes(url));
  return { relays, fallback: publicFallback ? fallback : [] };
}

/** Sorted by a hash of application and URL as it is written, so that a pool is used evenly and without agreement. */
export function selectRelays({
  appId,
  servers,
  redundancy,
  denylist = [],
}: Pick<RelayWishes, 'appId' | 'servers' | 'redundancy'> & { denylist?: readonly string[] }): string[] {
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
