import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeFrame, encodeFrame } from '../../src/protocol/codec.js';
import { type Frame, isProtocolFrame, type OutgoingFrame } from '../../src/protocol/frames.js';

interface FrameForm {
  name: string;
  layer: string;
  json: string;
  decodes: boolean;
  golden?: boolean;
  reencoded?: string;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const { entries } = JSON.parse(readFileSync(new URL('../fixtures/protocol/frames.json', import.meta.url), 'utf8'));
const forms: FrameForm[] = entries.filter((entry: FrameForm) => entry.layer === 'data_channel');
const variants: FrameForm[] = entries.filter((entry: FrameForm) => entry.layer === 'governance_variant');

/** A JavaScript number does not know `2.0` from `2`, nor 2^64 from 1.8446744073709552e19: inside payloads only. */
const FLOAT_TEXT_LOST = new Map([
  [
    'rpc_request',
    '{"kind":"rpc_request","request_id":"r1","method":"echo","payload":{"a":[1,2],"z":1},"streaming":false}',
  ],
  ['payload_integral_float', '{"kind":"channel","channel":"c","payload":2}'],
  ['payload_integer_above_u64', '{"kind":"channel","channel":"c","payload":18446744073709552000}'],
]);
/** Upstream re-emits payloads with sorted keys; we keep the sender's order, which no reader may rely on. */
const KEY_ORDER_KEPT = new Map([
  ['payload_key_order', '{"kind":"channel","channel":"c","payload":{"z":1,"a":{"y":2,"b":3}}}'],
]);

function decoded(text: string): Frame {
  const result = decodeFrame(bytes(text));
  if (!result.ok) throw new Error(`${text.slice(0, 100)}: ${result.error}`);
  return result.frame;
}

describe('forms tried against the decoder of v0.3.8', () => {
  test('there are some of each sort', () => {
    expect(forms.filter((form) => form.decodes).length).toBeGreaterThan(40);
    expect(forms.filter((form) => !form.decodes).length).toBeGreaterThan(30);
    expect(variants.length).toBeGreaterThan(9);
  });

  test.each(forms.filter((form) => !form.decodes))('refuses $name', ({ json }) => {
    expect(decodeFrame(bytes(json)).ok).toBe(false);
  });

  test.each(forms.filter((form) => form.decodes))('takes $name and writes it as upstream does', (form) => {
    const expected = FLOAT_TEXT_LOST.get(form.name) ?? KEY_ORDER_KEPT.get(form.name) ?? form.reencoded ?? form.json;
    expect(encodeFrame(decoded(form.json))).toBe(expected);
  });

  test.each(variants)('governance variant $name inside a proposal', (form) => {
    const around = (variant: string) =>
      `{"kind":"network_state_propose","proposal_id":"p","variant":${variant},"proposer":"d","created_at":1,"signature":"s"}`;
    expect(decodeFrame(bytes(around(form.json))).ok).toBe(form.decodes);
    if (form.decodes) expect(encodeFrame(decoded(around(form.json)))).toBe(around(form.reencoded ?? form.json));
  });
});

describe('decodeFrame', () => {
  test('keeps 64-bit numbers exact', () => {
    expect(decoded('{"kind":"channel_ack","stream":18446744073709551615,"up_to":9007199254740993}')).toEqual({
      kind: 'channel_ack',
      stream: 18446744073709551615n,
      up_to: 9007199254740993n,
    });
    expect(decoded('{"kind":"ping","t":9223372036854775807}')).toEqual({ kind: 'ping', t: 9223372036854775807n });
    expect(decoded('{"kind":"ping","t":1700000000123}')).toEqual({ kind: 'ping', t: 1700000000123 });
  });

  test('times too, wherever they stand', () => {
    const far = '18446744073709551615';
    const text =
      `{"kind":"roster_entries","entries":[{"device_id":"d","label":"","approved_at":${far},"role":"member","granted_by":""}],` +
      `"transitions":[],"member_log":[{"at":${far},"variant":{"kind":"evict","target":"d"},"signers":[],"signatures":[]}]}`;
    expect(encodeFrame(decoded(text))).toBe(text);
    expect(decodeFrame(bytes(text.replaceAll(far, '18446744073709551616'))).ok).toBe(false);
  });

  test('what is unknown may be there twice', () => {
    expect(decoded('{"kind":"ping","t":1,"new":1,"new":2}')).toEqual({ kind: 'ping', t: 1 });
    expect(decoded('{"kind":"tomorrow","t":1,"t":2}')).toEqual({ kind: 'unknown' });
    const advert = decoded('{"kind":"capabilities_update","capabilities":{"new":{"a":1,"a":2},"new":3}}');
    expect(advert).toMatchObject({ capabilities: { tags: [], extra: null } });
  });

  test.each([
    ['a whole number above i64', '{"kind":"ping","t":9223372036854775808}'],
    ['minus zero', '{"kind":"ping","t":-0}'],
    ['a number of 60,000 digits', `{"kind":"ping","t":${'9'.repeat(60_000)}}`],
    ['a fraction in a nested field', '{"kind":"capabilities_update","capabilities":{"max_connections":8.0}}'],
    ['a nested key that stands twice', '{"kind":"capabilities_update","capabilities":{"tags":[],"tags":[]}}'],
    ['a payload that stands twice', '{"kind":"channel","channel":"c","payload":1,"payload":2}'],
    ['a key written twice in two spellings', '{"kind":"ping","k\\u0069nd":"ping","t":1}'],
    ['half a surrogate pair in a key', '{"kind":"channel","channel":"c","payload":{"\\udc00":1}}'],
    ['no object at all', '"ping"'],
    ['a kind out of Object.prototype with no kind of its own', '{"__proto__":{"kind":"approve"}}'],
  ])('refuses %s', (_, text) => {
    expect(decodeFrame(bytes(text)).ok).toBe(false);
  });

  test('refuses what is empty, oversize, or not UTF-8', () => {
    const padded = (length: number) => bytes('{"kind":"approve"}'.padEnd(length));
    expect(decodeFrame(padded(65_536)).ok).toBe(true);
    expect(decodeFrame(padded(65_537)).ok).toBe(false);
    expect(decodeFrame(new Uint8Array()).ok).toBe(false);
    expect(decodeFrame(Uint8Array.of(0x22, 0xc3, 0x28, 0x22))).toEqual({ ok: false, error: 'not UTF-8' });
  });

  test('fractions in fields of the future do not fail a frame', () => {
    expect(decoded('{"kind":"ping","t":1,"load":0.5}')).toEqual({ kind: 'ping', t: 1 });
  });

  test('payloads arrive as JSON.parse reads them, the last of two equal keys included', () => {
    const payload =
      '{"n":1.5,"big":12345678901234567890,"e":1e3,"t":true,"x":null,"__proto__":{"a":1},"k":1,"k":2,"u":"\\ud83d\\ude00"}';
    const frame = decoded(`{"kind":"channel","channel":"c","payload":${payload}}`);
    expect(frame).toStrictEqual({ kind: 'channel', channel: 'c', payload: JSON.parse(payload) });
  });

  test('an error names the field and quotes nothing', () => {
    expect(decodeFrame(bytes('{"kind":"auth_response","signature":5}'))).toEqual({
      ok: false,
      error: 'signature: Invalid input: expected string, received number',
    });
    for (const text of [
      'secret words',
      '{"kind":"hello","label":"secret words"}',
      '{"kind":"ping","t":"secret words"}',
    ]) {
      const result = decodeFrame(bytes(text));
      expect(result.ok ? '' : result.error).toMatch(/^(?!.*secret).+$/);
    }
  });

  test('a Wakemesh extra of a shape we do not know reads as absent', () => {
    const hello = (wm: string) =>
      decoded(`{"kind":"hello","protocol":1,"device_id":"d","nonce":"n","verification_code":"abc123","wm":${wm}}`);
    expect(hello('{"boot":1700000000123,"more":1}')).toMatchObject({ wm: { boot: 1700000000123 } });
    for (const wm of ['null', '[]', '"x"', '{}', '{"boot":-1}', '{"boot":1.5}', '{"boot":18446744073709551615}']) {
      expect(hello(wm)).toMatchObject({ wm: undefined });
    }
  });
});

describe('encodeFrame', () => {
  test('writes the fields in wire order, whatever order they come in', () => {
    expect(encodeFrame({ payload: { b: 1, a: 2 }, channel: 'c', kind: 'channel' })).toBe(
      '{"kind":"channel","channel":"c","payload":{"b":1,"a":2}}',
    );
    expect(encodeFrame({ kind: 'deny', transitions: [], member_log: [] })).toBe('{"kind":"deny","reason":null}');
    expect(encodeFrame({ kind: 'channel_ack', stream: 7, up_to: 2n })).toBe(
      '{"kind":"channel_ack","stream":7,"up_to":2}',
    );
  });

  test('replaces half a surrogate pair, over which upstream would drop the frame', () => {
    const text = encodeFrame({ kind: 'channel', channel: 'c\ud83d', payload: ['\\ud83d', '😀', '\udc00'] });
    expect(text).toBe('{"kind":"channel","channel":"c\ufffd","payload":["\\\\ud83d","😀","\ufffd"]}');
    expect(decodeFrame(bytes(text)).ok).toBe(true);
  });

  test.each<[string, unknown]>([
    ['a function', () => {}],
    ['a bigint', { big: 1n }],
    ['nothing', undefined],
  ])('throws on a payload that is %s', (_, payload) => {
    expect(() => encodeFrame({ kind: 'channel', channel: 'c', payload })).toThrow();
  });

  test('throws on a frame that upstream would drop', () => {
    expect(() => encodeFrame({ kind: 'ping', t: performance.timeOrigin + 0.5 })).toThrow();
    expect(() => encodeFrame({ kind: 'zap' } as unknown as OutgoingFrame)).toThrow();
  });
});

test('only the four frames of the handshake pass the admission gate', () => {
  const texts = forms.filter((form) => form.decodes).map((form) => decoded(form.json));
  const passing = new Set(texts.filter(isProtocolFrame).map((frame) => frame.kind));
  expect([...passing].sort()).toEqual(['approve', 'auth_response', 'deny', 'hello']);
});

describe('whatever comes in, decodeFrame answers', () => {
  const good = forms.filter((form) => form.decodes).map((form) => bytes(form.json));

  test('random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (data) => typeof decodeFrame(data).ok === 'boolean'));
  });

  test('frames with bytes changed, cut out or doubled', () => {
    const mutation = fc.record({ at: fc.nat(400), cut: fc.nat(8), insert: fc.uint8Array({ maxLength: 8 }) });
    const mutate = (data: Uint8Array, { at, cut, insert }: { at: number; cut: number; insert: Uint8Array }) =>
      Uint8Array.from([...data.subarray(0, at), ...insert, ...data.subarray(at + cut)]);
    fc.assert(
      fc.property(fc.constantFrom(...good), fc.array(mutation, { maxLength: 4 }), (data, mutations) => {
        const result = decodeFrame(mutations.reduce(mutate, data));
        // What we take in, we can write, and read back as the same frame.
        if (result.ok) expect(decodeFrame(bytes(encodeFrame(result.frame)))).toEqual(result);
      }),
      { numRuns: 2000 },
    );
  });

  test('any payload survives the way there and back', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (payload) => {
        const frame = decoded(encodeFrame({ kind: 'channel', channel: 'c', payload }));
        expect(frame).toMatchObject({ payload: JSON.parse(JSON.stringify(payload)) });
      }),
    );
  });

  test('64 kB of brackets', () => {
    for (const bracket of ['[', '{', '{"a":', '[[],']) {
      const text = `{"kind":"channel","channel":"c","payload":${bracket.repeat(60_000 / bracket.length)}`;
      expect(decodeFrame(bytes(text)).ok).toBe(false);
    }
  });
});
