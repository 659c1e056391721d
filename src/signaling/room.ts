/** Names of a network: what a user types, and the handle that relays see instead. */
import { createHash } from 'node:crypto';

export const DEFAULT_APP_ID = 'myownmesh-cloud-mesh-v1';

const MIN_BYTES = 3;
const MAX_BYTES = 64;
const GENERATED_LENGTH = 8;
const GENERATED_ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

export type NetworkIdResult = { ok: true; networkId: string } | { ok: false; problem: string };

/** Trims and lower-cases; the result is what is stored, compared and hashed. */
export function normalizeNetworkId(text: string): NetworkIdResult {
  const networkId = text.trim().toLowerCase();
  const bytes = Buffer.byteLength(networkId);
  if (bytes === 0) return { ok: false, problem: 'the network id is empty' };
  if (bytes < MIN_BYTES) return { ok: false, problem: `the network id is shorter than ${MIN_BYTES} characters` };
  if (bytes > MAX_BYTES) return { ok: false, problem: `the network id is longer than ${MAX_BYTES} characters` };
  if (!/^[a-z0-9_-]+$/.test(networkId)) {
    return { ok: false, problem: 'the network id may hold letters, digits, - and _ only' };
  }
  return { ok: true, networkId };
}

/** A new network id. Not a secret by itself: whoever hears it can see who is in the network. */
export function generateNetworkId(randomBytes: (length: number) => Uint8Array): string {
  return Array.from(randomBytes(GENERATED_LENGTH), (byte) => GENERATED_ALPHABET[byte % GENERATED_ALPHABET.length]).join(
    '',
  );
}

/** 64 hex digits. Takes the normalised network id. */
export function roomHandle(appId: string, networkId: string): string {
  return createHash('sha256').update(`${appId}:${networkId}`).digest('hex');
}
