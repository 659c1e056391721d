/** The mesh's text form of keys, signatures and nonces: RFC 4648 base32, lower-case, unpadded. */
import { base32nopad } from '@scure/base';

export function encodeBase32(bytes: Uint8Array): string {
  return base32nopad.encode(bytes).toLowerCase();
}

/**
 * Strict: the text must be the one encoding of exactly `length` bytes (no padding, no stray bits), in either case, as
 * upstream reads it. Otherwise undefined.
 */
export function decodeBase32(text: string, length: number): Uint8Array | undefined {
  // Checked before upper-casing, which maps some letters beyond ASCII ('ſ', 'ı') into the alphabet.
  if (text.length !== Math.ceil((length * 8) / 5) || !/^[A-Za-z2-7]*$/.test(text)) return undefined;
  try {
    return base32nopad.decode(text.toUpperCase());
  } catch {
    return undefined;
  }
}
