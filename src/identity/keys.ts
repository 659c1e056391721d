/** Device keys: making an identity, naming it, checking what others signed. */
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { decodeBase32, encodeBase32 } from './base32.js';
import type { Identity } from './identity.js';

export const SEED_BYTES = 32;
const PUBLIC_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** The fixed head of an Ed25519 private key in PKCS #8; the 32 seed bytes follow (RFC 8410 §7). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The same 32-byte seed gives the same device on every machine. Throws on another length. */
export function identityFromSeed(seed: Uint8Array, label: string): Identity {
  if (seed.length !== SEED_BYTES) throw new RangeError(`a device seed is ${SEED_BYTES} bytes, not ${seed.length}`);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x as string, 'base64url');
  return {
    deviceId: encodeBase32(publicKey),
    label,
    sign: (text) => encodeBase32(sign(null, Buffer.from(text), key)),
  };
}

/** A new device that lives as long as the object: whoever wants to keep it makes the seed himself. */
export function generateIdentity(options: { label?: string; randomBytes: (length: number) => Uint8Array }): Identity {
  return identityFromSeed(options.randomBytes(SEED_BYTES), options.label ?? '');
}

export type VerifySignature = (deviceId: string, text: string, signature: string) => boolean;

/** Did the device sign exactly this text? Takes the bare id or its display form. Never throws. */
export function verifySignature(deviceId: string, text: string, signature: string): boolean {
  const publicKey = decodeDeviceId(barePeerId(deviceId));
  const signatureBytes = decodeBase32(signature, SIGNATURE_BYTES);
  if (!publicKey || !signatureBytes) return false;
  try {
    const x = Buffer.from(publicKey).toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, Buffer.from(text), key, signatureBytes);
  } catch {
    return false;
  }
}

/** A bare device id in its one canonical form: 52 characters, lower-case. */
export function isDeviceId(text: string): boolean {
  return decodeDeviceId(text) !== undefined;
}

/** `<device id>-<suffix>`: for people, never on the wire. */
export function displayId(deviceId: string): string {
  return `${deviceId}-${displaySuffix(deviceId)}`;
}

/** Five upper-case hex digits that let people tell ids apart; a digest of the id's text, not of the key. */
export function displaySuffix(deviceId: string): string {
  return createHash('sha256').update(deviceId).digest('hex').slice(0, 5).toUpperCase();
}

/** Takes the display suffix off, once; any other text comes back as it is. */
export function barePeerId(id: string): string {
  return /^(.*)-[A-Za-z0-9]{5}$/s.exec(id)?.[1] ?? id;
}

function decodeDeviceId(text: string): Uint8Array | undefined {
  // Ids are compared as strings everywhere: an upper-case spelling would be a second name for the same device.
  return text === text.toLowerCase() ? decodeBase32(text, PUBLIC_KEY_BYTES) : undefined;
}
