import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeBase32, encodeBase32 } from '../../src/identity/base32.js';
import {
  barePeerId,
  displayId,
  displaySuffix,
  generateIdentity,
  identityFromSeed,
  isDeviceId,
  verifySignature,
} from '../../src/identity/keys.js';

const vectors = JSON.parse(readFileSync(new URL('../fixtures/protocol/wire.json', import.meta.url), 'utf8'));
const fromHex = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));
const identityOf = (name: string) => identityFromSeed(fromHex(vectors.identities[name].seed_hex), '');

describe('vectors of v0.3.8', () => {
  test.each(Object.keys(vectors.identities))('identity %s', (name) => {
    const vector = vectors.identities[name];
    const { deviceId } = identityOf(name);
    expect(deviceId).toBe(vector.device_id);
    expect(displaySuffix(deviceId)).toBe(vector.display_suffix);
    expect(displayId(deviceId)).toBe(vector.display_id);
    expect(barePeerId(vector.display_id)).toBe(vector.device_id);
    expect(encodeBase32(fromHex(vector.seed_hex))).toBe(vector.seed_b32);
  });

  test('base32 both ways', () => {
    for (const { hex, b32 } of vectors.base32) {
      expect(encodeBase32(fromHex(hex))).toBe(b32);
      expect(decodeBase32(b32, hex.length / 2)).toEqual(fromHex(hex));
    }
  });

  test('plain signature', () => {
    const { identity, message_utf8, signature } = vectors.plain_signature;
    expect(identityOf(identity).sign(message_utf8)).toBe(signature);
    expect(verifySignature(vectors.identities[identity].device_id, message_utf8, signature)).toBe(true);
  });

  test('display suffix is a digest of the text', () => {
    expect(displaySuffix(vectors.display_suffix_of_text.text)).toBe(vectors.display_suffix_of_text.suffix);
  });

  test.each(vectors.pubkey_part as [string, string][])('bare id of %s is %s', (id, bare) => {
    expect(barePeerId(id)).toBe(bare);
  });
});

describe('verifySignature', () => {
  const signer = identityOf('S');
  const signature = signer.sign('hello');

  test('accepts bare id, display id, and a signature in upper case', () => {
    expect(verifySignature(signer.deviceId, 'hello', signature)).toBe(true);
    expect(verifySignature(displayId(signer.deviceId), 'hello', signature)).toBe(true);
    expect(verifySignature(signer.deviceId, 'hello', signature.toUpperCase())).toBe(true);
  });

  test('refuses another text, another device, an id spelt differently', () => {
    expect(verifySignature(signer.deviceId, 'hello!', signature)).toBe(false);
    expect(verifySignature(identityOf('V').deviceId, 'hello', signature)).toBe(false);
    expect(verifySignature(signer.deviceId.toUpperCase(), 'hello', signature)).toBe(false);
  });

  test('answers false to anything malformed, and never throws', () => {
    for (const bad of [
      '',
      'a',
      `${signature}=`,
      signature.slice(1),
      `${signature}a`,
      'ſ'.repeat(103),
      '1'.repeat(103),
    ]) {
      expect(verifySignature(signer.deviceId, 'hello', bad)).toBe(false);
      expect(verifySignature(bad, 'hello', signature)).toBe(false);
    }
    // All of these are not points of the curve, or are not canonical.
    for (const byte of [0x02, 0x7f, 0xff]) {
      const id = encodeBase32(new Uint8Array(32).fill(byte));
      expect(verifySignature(id, 'hello', signature)).toBe(false);
    }
  });

  test('refuses stray bits behind the last byte', () => {
    // The last letter of a signature carries four bits of it and one bit that must be zero.
    const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
    const last = alphabet.indexOf(signature.at(-1)!);
    expect(last % 2).toBe(0);
    expect(verifySignature(signer.deviceId, 'hello', signature.slice(0, -1) + alphabet[last + 1])).toBe(false);
  });
});

test('a generated identity is fresh, labelled, and does not show its secret', () => {
  const seeds: Uint8Array[] = [];
  const recordSeed = (length: number) => {
    const seed = Uint8Array.from(randomBytes(length));
    seeds.push(seed);
    return seed;
  };
  const first = generateIdentity({ label: 'Lab', randomBytes: recordSeed });
  const second = generateIdentity({ randomBytes: recordSeed });
  expect(first.label).toBe('Lab');
  expect(second.label).toBe('');
  expect(first.deviceId).not.toBe(second.deviceId);
  expect(isDeviceId(first.deviceId)).toBe(true);
  expect(JSON.stringify(first)).not.toContain(encodeBase32(seeds[0]!));
  expect(Object.keys(first)).toEqual(['deviceId', 'label', 'sign']);
});

test('isDeviceId knows the one canonical spelling', () => {
  const id = vectors.identities.S.device_id;
  expect(isDeviceId(id)).toBe(true);
  for (const bad of [id.toUpperCase(), displayId(id), `${id}a`, '', 'x'.repeat(51)])
    expect(isDeviceId(bad)).toBe(false);
});

test('a seed of another length is refused', () => {
  expect(() => identityFromSeed(new Uint8Array(31), '')).toThrow('32 bytes');
});
