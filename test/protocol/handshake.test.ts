import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { displayId, generateIdentity, identityFromSeed, verifySignature } from '../../src/identity/keys.js';
import { authPayload } from '../../src/protocol/auth-payload.js';
import { decodeFrame } from '../../src/protocol/codec.js';
import type { Frame, FrameOf } from '../../src/protocol/frames.js';
import { Handshake, type HandshakeOptions } from '../../src/protocol/handshake.js';
import { verificationCode } from '../../src/protocol/verification-code.js';

const vectors = JSON.parse(readFileSync(new URL('../fixtures/protocol/wire.json', import.meta.url), 'utf8'));
const seeded = (name: string) => identityFromSeed(Buffer.from(vectors.identities[name].seed_hex, 'hex'), name);

/** In upstream's order, ours last. */
const FEATURES = [
  'ring_topology',
  'generic_rpc',
  'typed_channels',
  'capabilities_update',
  'network_state_v1',
  'reliable_channels_v1',
  'wakemesh_v1',
];

function frameOf<K extends Frame['kind']>(text: string, kind: K): FrameOf<K> {
  const result = decodeFrame(new TextEncoder().encode(text));
  if (!result.ok || result.frame.kind !== kind) throw new Error(`no ${kind}: ${text}`);
  return result.frame as FrameOf<K>;
}

describe('vectors of v0.3.8', () => {
  test.each(vectors.handshake as Record<string, string>[])('$name', (vector) => {
    const { nonce, signer, verifier, channel_binding, payload_utf8, signature } = vector as Record<string, string>;
    expect(authPayload(nonce!, signer!, verifier!, channel_binding!)).toBe(payload_utf8);
    const identity = [seeded('S'), seeded('V')].find(({ deviceId }) => deviceId === signer)!;
    expect(identity.sign(payload_utf8!)).toBe(signature);
    expect(verifySignature(signer!, payload_utf8!, signature!)).toBe(true);
  });

  test('text codes', () => {
    for (const { bytes_hex, code } of vectors.text_codes) {
      expect(verificationCode(() => Buffer.from(bytes_hex, 'hex'))).toBe(code);
    }
  });

  test('the whole transcript, from either side', () => {
    const [first, second] = vectors.handshake;
    const said = (from: string, kind: string) =>
      vectors.handshake_transcript_json.find(
        (line: { dir: string; json: string }) => line.dir.startsWith(from) && JSON.parse(line.json).kind === kind,
      ).json;
    const nonces: Record<string, string> = { S: second.nonce_hex, V: first.nonce_hex };
    const bindings: Record<string, string> = { S: first.channel_binding, V: second.channel_binding };
    for (const [us, them] of [
      ['S', 'V'],
      ['V', 'S'],
    ] as const) {
      const handshake = new Handshake({
        identity: seeded(us),
        peerId: seeded(them).deviceId,
        boot: 1,
        room: 'r',
        appVersion: '0',
        capabilities: {},
        randomBytes: (length) => (length === 32 ? Buffer.from(nonces[us]!, 'hex') : new Uint8Array(length)),
        localFingerprint: () => bindings[us],
        remoteFingerprint: () => bindings[them],
      });
      expect(handshake.onHello(frameOf(said(them, 'hello'), 'hello'))).toEqual({
        reply: said(us, 'auth_response'),
        first: true,
      });
      expect(handshake.onAuthResponse(frameOf(said(them, 'auth_response'), 'auth_response'))).toBe('authenticated');
    }
  });

  test('the two-part signature of older releases is refused', () => {
    const [vector] = vectors.handshake;
    const verifier = new Handshake({
      identity: seeded('V'),
      peerId: seeded('S').deviceId,
      boot: 1,
      room: 'r',
      appVersion: '0',
      capabilities: {},
      randomBytes: (length) => (length === 32 ? Buffer.from(vector.nonce_hex, 'hex') : new Uint8Array(length)),
      localFingerprint: () => 'unused',
      remoteFingerprint: () => vector.channel_binding,
    });
    const { signature } = vectors.legacy_v013_payload;
    expect(verifier.onAuthResponse({ kind: 'auth_response', signature })).toEqual({ fail: 'bad-signature' });
  });
});

describe('between two nodes of ours', () => {
  const alice = generateIdentity({ label: 'Alice', randomBytes });
  const bob = generateIdentity({ label: 'Bob', randomBytes });
  const prints: { a: string | undefined; b: string | undefined } = { a: undefined, b: undefined };
  let a: Handshake;
  let b: Handshake;

  const side = (over: Pick<HandshakeOptions, 'identity' | 'peerId' | 'localFingerprint' | 'remoteFingerprint'>) =>
    new Handshake({
      boot: 1_700_000_000_123,
      room: 'r',
      appVersion: '1.2.3',
      capabilities: { app_version: '1.2.3' },
      randomBytes,
      ...over,
    });
  const aliceSide = () =>
    side({
      identity: alice,
      peerId: bob.deviceId,
      localFingerprint: () => prints.a,
      remoteFingerprint: () => prints.b,
    });
  const bobSide = () =>
    side({
      identity: bob,
      peerId: alice.deviceId,
      localFingerprint: () => prints.b,
      remoteFingerprint: () => prints.a,
    });
  const helloOf = (handshake: Handshake) => frameOf(handshake.hello(), 'hello');
  const answer = (to: Handshake, by: Handshake) => {
    const verdict = by.onHello(helloOf(to));
    if (typeof verdict === 'string' || 'fail' in verdict) throw new Error(JSON.stringify(verdict));
    return frameOf(verdict.reply, 'auth_response');
  };

  beforeEach(() => {
    prints.a = 'sha-256 aa:aa';
    prints.b = 'sha-256 bb:bb';
    a = aliceSide();
    b = bobSide();
  });

  test('both prove themselves, in either order, and know what the other said', () => {
    expect(b.onAuthResponse(answer(b, a))).toBe('authenticated');
    expect(a.onAuthResponse(answer(a, b))).toBe('authenticated');
    expect(b).toMatchObject({ peerLabel: 'Alice', peerBoot: 1_700_000_000_123, peerSigns: true });
    expect(b.peerFeatures).toEqual(FEATURES);
    expect(b.peerCapabilities?.app_version).toBe('1.2.3');
    expect(b.codeReceived).toBe(a.codeSent);
    expect(a.codeSent).toMatch(/^[a-z0-9]{6}$/);
  });

  test('hello is the same on every call, and new on every channel', () => {
    expect(a.hello()).toBe(a.hello());
    expect(helloOf(aliceSide()).nonce).not.toBe(helloOf(a).nonce);
  });

  test('our hello is what upstream writes, and one key more', () => {
    expect(a.hello()).toBe(
      `{"kind":"hello","protocol":1,"device_id":"${alice.deviceId}","label":"Alice","nonce":"${helloOf(a).nonce}",` +
        `"verification_code":"${a.codeSent}","capabilities":{"tags":[],"app_version":"1.2.3","max_connections":null,` +
        `"extra":null},"max_connections":null,"features":${JSON.stringify(FEATURES)},"app_version":"1.2.3",` +
        `"wm":{"boot":1700000000123,"room":"r"}}`,
    );
  });

  test('a repeated hello gets the same reply; another nonce gets none and changes nothing', () => {
    const first = b.onHello(helloOf(a));
    expect(b.onHello(helloOf(a))).toEqual({ ...(first as object), first: false });
    expect(b.onHello({ ...helloOf(a), nonce: 'other', label: 'Mallory' })).toBe('ignored');
    expect(b.peerLabel).toBe('Alice');
  });

  test('a second proof is a duplicate, even a wrong one', () => {
    expect(b.onAuthResponse(answer(b, a))).toBe('authenticated');
    expect(b.onAuthResponse({ kind: 'auth_response', signature: 'x' })).toBe('duplicate');
  });

  test('the display form of the right id is the right id, any other id is not', () => {
    expect(b.onHello({ ...helloOf(a), device_id: displayId(alice.deviceId) })).toMatchObject({ first: true });
    expect(bobSide().onHello({ ...helloOf(a), device_id: bob.deviceId })).toEqual({ fail: 'foreign-id' });
    expect(bobSide().onHello({ ...helloOf(a), device_id: alice.deviceId.toUpperCase() })).toEqual({
      fail: 'foreign-id',
    });
  });

  test('what is said in another network does not count here; who does not say where is believed', () => {
    const elsewhere = { ...helloOf(a), wm: { boot: 1, room: 'elsewhere' } };
    expect(bobSide().onHello(elsewhere)).toEqual({ fail: 'foreign-network' });
    expect(bobSide().onHello({ ...helloOf(a), wm: { boot: 1 } })).toMatchObject({ first: true });
  });

  test('a proof holds on its own channel only', () => {
    const proof = answer(b, a);
    expect(bobSide().onAuthResponse(proof)).toEqual({ fail: 'bad-signature' }); // another nonce
    prints.a = 'sha-256 cc:cc'; // somebody in the middle presents a certificate of his own
    expect(b.onAuthResponse(proof)).toEqual({ fail: 'bad-signature' });
  });

  test('our own proof sent back to us proves nothing', () => {
    // Bob knows Alice's nonce and returns her own signature over it.
    const echo = a.onHello({ ...helloOf(b), nonce: helloOf(a).nonce });
    const reply = frameOf((echo as { reply: string }).reply, 'auth_response');
    expect(a.onAuthResponse(reply)).toEqual({ fail: 'bad-signature' });
  });

  test('without a fingerprint nothing is signed and nothing believed', () => {
    const proof = answer(b, a);
    prints.a = undefined;
    expect(aliceSide().onHello(helloOf(b))).toEqual({ fail: 'no-fingerprint' });
    expect(b.onAuthResponse(proof)).toEqual({ fail: 'no-fingerprint' });
    prints.a = '';
    expect(b.onAuthResponse(proof)).toEqual({ fail: 'no-fingerprint' });
  });

  test('an upstream peer has no boot id and signs nothing', () => {
    const { wm: _, ...hello } = helloOf(a);
    b.onHello({ ...hello, wm: undefined, features: ['generic_rpc'] });
    expect(b).toMatchObject({ peerBoot: null, peerSigns: false });
  });

  test('a code that is none is not shown, a label of 60 kB is cut between characters', () => {
    b.onHello({ ...helloOf(a), verification_code: '\u001b[2J', label: '😀'.repeat(15_000) });
    expect(b.codeReceived).toBeNull();
    expect(b.peerLabel).toBe('😀'.repeat(128));
  });
});
