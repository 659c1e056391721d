/** Descriptions as text: what is cut, counted and compared before werift sees them. */

/** A description of a data link is about 2 kB, upstream's with all codecs about 6 kB; werift needs seconds for huge ones. */
const MAX_BYTES = 64 * 1024;

/** werift compares the generation of candidates with its own count, which differs after a lost offer: nobody needs it. */
const withoutGeneration = (sdp: string) => sdp.replace(/ generation \d+/g, '');

export const forWire = withoutGeneration;

/** Throws when the description is too large to be read. */
export function fromWire(sdp: string): string {
  if (Buffer.byteLength(sdp) > MAX_BYTES) throw new Error(`description larger than ${MAX_BYTES} bytes`);
  return withoutGeneration(sdp);
}

/** All fingerprint lines, lower case (`sha-256 aa:bb:…`). */
export function fingerprintsIn(sdp: string): string[] {
  return [...sdp.matchAll(/^a=fingerprint:[ \t]*(.+?)[ \t]*\r?$/gim)].map(([, value]) =>
    (value as string).toLowerCase(),
  );
}

export const fingerprintOf = (sdp: string): string | undefined => fingerprintsIn(sdp)[0];
