import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeFrame } from '../../src/protocol/codec.js';
import type { Frame } from '../../src/protocol/frames.js';
import { encodeRouted, type Routed, unwrap } from '../../src/protocol/routed.js';

interface Form {
  frame: string;
  name: string;
  layer: string;
  json: string;
  decodes: boolean;
  golden?: boolean;
}
const { entries } = JSON.parse(readFileSync(new URL('../fixtures/protocol/frames.json', import.meta.url), 'utf8')) as {
  entries: Form[];
};
const forms = entries.filter(({ layer }) => layer === 'routed_envelope');

function read(payload: string): Frame | Routed {
  const data = Buffer.from(`{"kind":"channel","channel":"__mesh_relay__/v1","payload":${payload}}`);
  const decoded = decodeFrame(data);
  if (!decoded.ok) throw new Error(decoded.error);
  return unwrap(decoded.frame, data);
}

describe("upstream's vectors", () => {
  it('are three', () => expect(forms.map(({ name }) => name)).toEqual(['relay_env', 'relay_min', 'relay_nopayload']));

  it('relay_env comes back to the letter, with its 64-bit id', () => {
    const [{ json }] = forms as [Form];
    const message = read(json) as Routed;
    expect(message).toEqual({
      kind: 'routed',
      dst: '',
      src: 'S',
      channel: 'app',
      body: { k: 1 },
      ttl: 3,
      id: 18_446_744_073_709_551_615n,
    });
    expect(encodeRouted(message)).toBe(`{"kind":"channel","channel":"__mesh_relay__/v1","payload":${json}}`);
  });

  it.each(forms.slice(1))('$name is no message of this kind: a plain one on that channel', ({ json }) => {
    expect(read(json).kind).toBe('channel');
  });
});

it('what may be left out has its default, and a ttl is a byte', () => {
  expect(read('{"payload":{"__channel":"c","__body":null,"__ttl":259}}')).toEqual({
    kind: 'routed',
    dst: '',
    src: '',
    channel: 'c',
    body: null,
    ttl: 3,
    id: 0n,
  });
});

it.each([
  ['no channel', '{"payload":{"__body":1}}'],
  ['a channel that is no text', '{"payload":{"__channel":1}}'],
  ['itself wrapped', '{"payload":{"__channel":"__mesh_relay__/v1"}}'],
  ['an id below zero', '{"payload":{"__channel":"c","__id":-1}}'],
  ['an id beyond 64 bits', '{"payload":{"__channel":"c","__id":18446744073709551616}}'],
  ['an id with a fraction', '{"payload":{"__channel":"c","__id":1.5}}'],
  ['two ids', '{"payload":{"__channel":"c","__id":1,"__id":2}}'],
])('%s: a plain message on that channel, and nothing is thrown', (_, payload) => {
  expect(read(payload).kind).toBe('channel');
});

it('other frames come back as they are', () => {
  const data = Buffer.from('{"kind":"channel","channel":"c","payload":{"payload":{"__channel":"x"}}}');
  const decoded = decodeFrame(data);
  expect(decoded.ok && unwrap(decoded.frame, data) === decoded.frame).toBe(true);
});
