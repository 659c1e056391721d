import { expect, it } from 'vitest';
import { decodeLine, encodeLine } from '../../../src/signaling/lan/line.js';
import { forms, vectors } from '../support/vectors.js';

it.each(forms.filter(({ layer }) => layer === 'mdns_line').map((form) => [form.name, form] as const))(
  '%s',
  (_, { json, decodes }) => {
    expect(decodeLine(json) !== undefined).toBe(decodes);
  },
);

it('is what upstream writes, and our stamp beside it', () => {
  const { room, from, to, msg } = JSON.parse(vectors.mdns.frame_offer_A_to_B);
  expect(encodeLine(room, JSON.stringify({ from, to, ...msg }))).toBe(vectors.mdns.frame_offer_A_to_B);
  const stamped = encodeLine(room, JSON.stringify({ from, to, ...msg, wm: { boot: 1 } }));
  expect(JSON.parse(stamped).msg).toEqual({ ...msg, wm: { boot: 1 } });
});

it('announces and leaves, which upstream would take too, are read as said to all', () => {
  const text = '{"v":1,"room":"r","from":"f","to":"us","msg":{"kind":"announce","peer_id":"f"}}';
  expect(decodeLine(text)).toMatchObject({ to: 'us', message: { kind: 'announce', from: 'f', to: null, caps: [] } });
});

it('any other text is survived', () => {
  for (const text of [
    '',
    '{',
    '[]',
    'null',
    '{"v":1}',
    '['.repeat(10_000),
    '{"v":1,"room":"r","from":"f","to":"t","msg":[]}',
  ]) {
    expect(decodeLine(text)).toBeUndefined();
  }
});
