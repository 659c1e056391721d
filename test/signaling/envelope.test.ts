import { describe, expect, it } from 'vitest';
import { generateIdentity } from '../../src/identity/keys.js';
import { decodeEnvelope } from '../../src/signaling/envelope.js';
import { nostrEvent } from '../../src/signaling/nostr-event.js';
import { parseRelayFrame } from '../../src/signaling/relay-frames.js';
import { SignalReader } from '../../src/signaling/signal-reader.js';
import { SignalWriter } from '../../src/signaling/signal-writer.js';
import type { OutgoingSignal } from '../../src/signaling/signaling.js';
import { ROOM, runtime } from './support/node.js';
import { forms } from './support/vectors.js';

const ofLayer = (layer: string) => forms.filter((form) => form.layer === layer);

describe('decoding', () => {
  it.each(ofLayer('nostr_envelope').map((form) => [form.name, form] as const))('%s', (_, { json, decodes }) => {
    expect(decodeEnvelope(json) !== undefined).toBe(decodes);
  });

  it.each(ofLayer('nostr_event').map((form) => [form.name, form] as const))('%s', (_, { json, decodes }) => {
    // The forms use short names where an event has hex digits; only these are filled in.
    const filled = json.replace('"i"', `"${'a'.repeat(64)}"`).replace('"p"', `"${'b'.repeat(64)}"`);
    const frame = `["EVENT","x",${filled.replace('"s"', `"${'c'.repeat(128)}"`)}]`;
    expect(parseRelayFrame(frame)?.type).toBe(decodes ? 'event' : undefined);
  });

  it('survives any other text', () => {
    for (const text of [
      '',
      '[]',
      '{',
      'null',
      '[1]',
      '"EVENT"',
      '["EVENT"]',
      '["OK","x","true"]',
      '['.repeat(10_000),
    ]) {
      expect(parseRelayFrame(text)).toBeUndefined();
      expect(decodeEnvelope(text)).toBeUndefined();
    }
  });

  it('makes one printable line of relay text', () => {
    expect(parseRelayFrame(JSON.stringify(['NOTICE', `a\u001b[31m\nb${'x'.repeat(500)}`]))).toEqual({
      type: 'notice',
      text: expect.stringMatching(/^a \[31m bx{1,120}$/),
    });
  });

  it('requires hex ids', () => {
    expect(nostrEvent.safeParse({ id: 'i' }).success).toBe(false);
  });
});

const device = () => generateIdentity({ randomBytes: (length) => runtime.randomBytes(length) });
const [alice, bob] = [device(), device()];
const randomBytes = (length: number) => runtime.randomBytes(length);
const writer = (boot = 5) => {
  let seq = 0;
  return new SignalWriter({ identity: alice, boot, room: ROOM, nextSeq: () => ++seq, randomBytes });
};
const reader = (deviceId = bob.deviceId, room = ROOM) => new SignalReader({ room, deviceId });
/** What one reader makes of the text, as a transport would ask it. */
const read = (by: SignalReader, text: string) => {
  const message = by.decode(text);
  return message && by.isUntampered(message) ? by.accept(message) : undefined;
};
const offer: OutgoingSignal = { kind: 'offer', to: bob.deviceId, sdp: 'v=0\r\n', neg: 'n-1' };

describe('proof', () => {
  it('comes with every kind of message', () => {
    const [by, from] = [reader(), writer()];
    const messages: OutgoingSignal[] = [
      { kind: 'announce', reflection: true },
      offer,
      { kind: 'answer', to: bob.deviceId, sdp: 'v=1', neg: 'n-1' },
      { kind: 'candidate', to: bob.deviceId, candidate: 'candidate:1' },
      { kind: 'leave' },
    ];
    const proof = { boot: 5, neg: '', reflection: false };
    expect(messages.map((message) => read(by, from.write(message)))).toEqual([
      { kind: 'announce', from: alice.deviceId, proof: { ...proof, seq: 1, reflection: true } },
      { kind: 'offer', from: alice.deviceId, sdp: 'v=0\r\n', proof: { ...proof, seq: 2, neg: 'n-1' } },
      { kind: 'answer', from: alice.deviceId, sdp: 'v=1', proof: { ...proof, seq: 3, neg: 'n-1' } },
      { kind: 'candidate', from: alice.deviceId, candidate: 'candidate:1', proof: { ...proof, seq: 4 } },
      { kind: 'leave', from: alice.deviceId, proof: { ...proof, seq: 5 } },
    ]);
  });

  it('is upstream form plus one key that upstream ignores', () => {
    const { wm, ...rest } = JSON.parse(writer().write({ kind: 'announce', reflection: false }));
    expect(JSON.stringify(rest)).toBe(
      `{"from":"${alice.deviceId}","to":null,"kind":"announce","peer_id":"${alice.deviceId}","caps":["ptag"]}`,
    );
    expect(Object.keys(wm)).toEqual(['boot', 'seq', 'neg', 'reflection', 'sig']);
    expect(JSON.parse(writer().write(offer)).offer_id).toMatch(/^[a-z2-7]{13}$/);
  });

  it('is null for a message without a signature', () => {
    const { wm: _, ...unsigned } = JSON.parse(writer().write(offer));
    expect(read(reader(), JSON.stringify(unsigned))).toMatchObject({ kind: 'offer', proof: null });
  });

  it.each([
    ['sdp', (m: Record<string, unknown>) => ({ ...m, sdp: 'v=0 evil' })],
    ['kind', (m: Record<string, unknown>) => ({ ...m, kind: 'answer' })],
    ['sender', (m: Record<string, unknown>) => ({ ...m, from: device().deviceId })],
    ['boot', (m: Record<string, unknown>) => ({ ...m, wm: { ...(m.wm as object), boot: 6 } })],
    ['counter', (m: Record<string, unknown>) => ({ ...m, wm: { ...(m.wm as object), seq: 9 } })],
    ['negotiation', (m: Record<string, unknown>) => ({ ...m, wm: { ...(m.wm as object), neg: 'other' } })],
    ['reflection', (m: Record<string, unknown>) => ({ ...m, wm: { ...(m.wm as object), reflection: true } })],
    ['signature', (m: Record<string, unknown>) => ({ ...m, wm: { ...(m.wm as object), sig: 'a'.repeat(103) } })],
    ['shape', (m: Record<string, unknown>) => ({ ...m, wm: { boot: 1 } })],
  ])('a message with another %s is dropped', (_, change) => {
    const changed: Record<string, unknown> = change(JSON.parse(writer().write(offer)));
    expect(read(reader(), JSON.stringify({ ...changed, peer_id: changed.from }))).toBeUndefined();
  });

  it('counts for one room and one recipient', () => {
    const text = writer().write(offer);
    expect(read(reader(bob.deviceId, 'another room'), text)).toBeUndefined();
    const carol = device().deviceId;
    const rerouted = JSON.stringify({ ...JSON.parse(text), to: carol });
    expect(read(reader(carol), rerouted)).toBeUndefined();
  });
});

describe('addressing', () => {
  const text = (change: object) => {
    const { wm: _, ...message } = JSON.parse(writer().write(offer));
    return JSON.stringify({ ...message, ...change });
  };

  it('drops what is for somebody else, for nobody, by ourselves, or by a sender with two names', () => {
    expect(reader().decode(text({}))).toBeDefined();
    expect(reader().decode(text({ to: device().deviceId }))).toBeUndefined();
    expect(reader().decode(text({ to: '' }))).toBeUndefined();
    expect(reader().decode(text({ to: null }))).toBeUndefined();
    expect(reader(alice.deviceId).decode(text({ to: alice.deviceId }))).toBeUndefined();
    expect(reader().decode(text({ peer_id: bob.deviceId }))).toBeUndefined();
    expect(reader().decode(text({ from: 'nobody', peer_id: 'nobody' }))).toBeUndefined();
  });
});

describe('replays', () => {
  it('word for word: dropped', () => {
    const by = reader();
    const text = writer().write({ kind: 'leave' });
    expect(read(by, text)).toMatchObject({ proof: { seq: 1 } });
    expect(read(by, text)).toBeUndefined();
  });

  it('overtaken by a newer one of its kind, or of an older process: delivered without proof', () => {
    const [by, old, from] = [reader(), writer(4), writer(5)];
    const [first, second] = [1, 2].map((n) => from.write({ ...offer, sdp: `v=${n}` } as OutgoingSignal)) as [
      string,
      string,
    ];
    const announce = from.write({ kind: 'announce', reflection: false });
    expect(read(by, announce)).toMatchObject({ proof: { seq: 3 } });
    expect(read(by, second), 'kinds are counted apart').toMatchObject({ proof: { seq: 2 } });
    expect(read(by, first)).toMatchObject({ sdp: 'v=1', proof: null });
    expect(read(by, old.write({ kind: 'leave' }))).toMatchObject({ kind: 'leave', proof: null });
    expect(read(by, writer(6).write({ kind: 'announce', reflection: false }))).toMatchObject({ proof: { boot: 6 } });
  });
});

describe('content gate', () => {
  it('passes a description once, announces always, and a genuine one after a forged copy', () => {
    const by = reader();
    const text = writer().write(offer);
    const { wm: _, ...copy } = JSON.parse(text);
    expect(read(by, JSON.stringify(copy))).toMatchObject({ proof: null });
    expect(read(by, JSON.stringify({ ...copy, offer_id: 'another' }))).toBeUndefined();
    expect(read(by, text)).toMatchObject({ proof: { seq: 1 } });
    const announce = JSON.stringify({ from: alice.deviceId, kind: 'announce', peer_id: alice.deviceId });
    expect([read(by, announce), read(by, announce)]).toEqual([
      { from: alice.deviceId, proof: null, kind: 'announce' },
      { from: alice.deviceId, proof: null, kind: 'announce' },
    ]);
  });
});
