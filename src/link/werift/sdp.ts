/** Descriptions as text: what is cut, counted and compared before werift sees them. */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';

/** A description of a data link is about 2 kB, upstream's with all codecs about 6 kB; werift needs seconds for huge ones. */
const MAX_BYTES = 64 * 1024;
const CANDIDATE = 'a=candidate:';
/** Of one description, or trickled: each makes a pair with each of our addresses, and checks to wherever it points. */
export const MAX_CANDIDATES = 64;
/** Upstream has three; a thousand of them block the process for most of a second. */
const MAX_SECTIONS = 16;
/** Weaker hashes could be met by a second certificate. */
const HASHES: Record<string, string> = { 'sha-256': 'sha256', 'sha-384': 'sha384', 'sha-512': 'sha512' };

/** werift compares the generation of candidates with its own count, which differs after a lost offer: nobody needs it. */
const withoutGeneration = (sdp: string) => sdp.replace(/ generation \d+/g, '');

/** Candidates from servers follow the description, though werift takes its end for theirs. */
const withoutEnd = (sdp: string) => sdp.replace(/^a=end-of-candidates\r?\n/gm, '');

export const forWire = (sdp: string) => withoutEnd(withoutGeneration(sdp));

/** Throws when the description is too large to be read, or describes no data channel: werift calls that connected. */
export function fromWire(sdp: string): string {
  if (Buffer.byteLength(sdp) > MAX_BYTES) throw new Error(`description larger than ${MAX_BYTES} bytes`);
  const sections = sdp.match(/^m=.*$/gm) ?? [];
  if (sections.length > MAX_SECTIONS) throw new Error(`description with more than ${MAX_SECTIONS} sections`);
  if (!sections.some((line) => line.startsWith('m=application ')))
    throw new Error('description without a data channel');
  let candidates = 0;
  const isKept = (line: string) => {
    if (!line.startsWith(CANDIDATE)) return true;
    if (usableCandidate(line.slice('a='.length)) === undefined) return false;
    candidates += 1;
    return candidates <= MAX_CANDIDATES;
  };
  return forWire(sdp).split('\n').filter(isKept).join('\n');
}

/** The candidate as werift takes it. A host name is refused: it would be looked up on a stranger's say-so. */
export function usableCandidate(line: string): string | undefined {
  const host = line.split(' ')[4];
  return host !== undefined && isIP(host) !== 0 ? withoutGeneration(line) : undefined;
}

/** Without a name of its own a candidate is taken to belong to the description that is applied. */
export function belongsTo(line: string, ufrag: string | undefined): boolean {
  const named = / ufrag (\S+)/.exec(line)?.[1];
  return named === undefined || named === ufrag;
}

/** As it goes on the wire. */
export const candidateLine = (candidate: { toSdp(): string }): string =>
  withoutGeneration(`candidate:${candidate.toSdp()}`);

/**
 * All fingerprint lines, lower case (`sha-256 aa:bb:…`). One without a readable value counts too: werift trims more
 * kinds of blanks than a line has, so it may still find one there.
 */
export function fingerprintsIn(sdp: string): string[] {
  return [...sdp.matchAll(/^a=fingerprint:(.*)$/gim)].map(([, value]) => (value as string).trim().toLowerCase());
}

/** Throws when there is none, or more than one: werift would accept the second beside the first. */
export function onlyFingerprintOf(sdp: string): string {
  const [fingerprint, ...others] = new Set(fingerprintsIn(sdp));
  if (fingerprint === undefined) throw new Error('description without a fingerprint');
  if (others.length > 0) throw new Error('description with several fingerprints');
  return fingerprint;
}

export const fingerprintOf = (sdp: string): string | undefined => fingerprintsIn(sdp)[0];

/** Was this certificate (DER) announced by this fingerprint? */
export function isAnnounced(certificate: Buffer, fingerprint: string): boolean {
  const [algorithm = '', value = ''] = fingerprint.split(' ');
  const hash = Object.hasOwn(HASHES, algorithm) ? HASHES[algorithm] : undefined;
  return hash !== undefined && createHash(hash).update(certificate).digest('hex') === value.replaceAll(':', '');
}
