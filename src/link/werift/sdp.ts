/** Descriptions as text: what is cut, counted and compared before werift sees them. */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';

/** A description of a data link is about 2 kB, upstream's with all codecs about 6 kB; werift needs seconds for huge ones. */
const MAX_BYTES = 64 * 1024;
const CANDIDATE = 'a=candidate:';
/** Weaker hashes could be met by a second certificate. */
const HASHES: Record<string, string> = { 'sha-256': 'sha256', 'sha-384': 'sha384', 'sha-512': 'sha512' };

/** werift compares the generation of candidates with its own count, which differs after a lost offer: nobody needs it. */
const withoutGeneration = (sdp: string) => sdp.replace(/ generation \d+/g, '');

export const forWire = withoutGeneration;

/** Throws when the description is too large to be read. */
export function fromWire(sdp: string): string {
  if (Buffer.byteLength(sdp) > MAX_BYTES) throw new Error(`description larger than ${MAX_BYTES} bytes`);
  return withoutGeneration(sdp)
    .split('\n')
    .filter((line) => !line.startsWith(CANDIDATE) || usableCandidate(line.slice('a='.length)) !== undefined)
    .join('\n');
}

/** The candidate as werift takes it. A host name is refused: it would be looked up on a stranger's say-so. */
export function usableCandidate(line: string): string | undefined {
  const host = line.split(' ')[4];
  return host !== undefined && isIP(host) !== 0 ? withoutGeneration(line) : undefined;
}

/**
 * All fingerprint lines, lower case (`sha-256 aa:bb:…`). One without a readable value counts too: werift trims more
 * kinds of blanks than a line has, so it may still find one there.
 */
export function fingerprintsIn(sdp: string): string[] {
  return [...sdp.matchAll(/^a=fingerprint:(.*)$/gim)].map(([, value]) => (value as string).trim().toLowerCase());
}

export const fingerprintOf = (sdp: string): string | undefined => fingerprintsIn(sdp)[0];

/** Was this certificate (DER) announced by this fingerprint? */
export function isAnnounced(certificate: Buffer, fingerprint: string): boolean {
  const [algorithm = '', value = ''] = fingerprint.split(' ');
  const hash = Object.hasOwn(HASHES, algorithm) ? HASHES[algorithm] : undefined;
  return hash !== undefined && createHash(hash).update(certificate).digest('hex') === value.replaceAll(':', '');
}
