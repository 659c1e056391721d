import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { decodeEnvelope } from '../../src/signaling/envelope.js';
import { EPHEMERAL_KIND, hasTag, isGenuine, PRESENCE_KIND } from '../../src/signaling/nostr-event.js';
import { parseRelayFrame } from '../../src/signaling/relay-frames.js';
import { subscriptionFrames } from '../../src/signaling/subscription.js';

const folder = new URL('../fixtures/recordings/', import.meta.url);

/** What the running upstream daemon sent to its relay, with the room of each recording. */
const sent = readdirSync(folder)
  .filter((name) => name.endsWith('.jsonl'))
  .flatMap((name) => {
    const [header, ...lines] = readFileSync(new URL(name, folder), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const frames = lines.filter(({ relay, dir, text }) => relay && text && /^(daemon|a|b)>relay$/.test(dir));
    return frames.map(({ text }) => ({ room: header.room as string, frame: JSON.parse(text) }));
  });

it('every event of the upstream daemon is genuine and understood', () => {
  const events = sent.filter(({ frame }) => frame[0] === 'EVENT');
  const kinds = new Set<string>();
  for (const { room, frame } of events) {
    const parsed = parseRelayFrame(JSON.stringify(['EVENT', 'any', frame[1]]));
    if (parsed?.type !== 'event') throw new Error(`not understood: ${JSON.stringify(frame[1])}`);
    expect(isGenuine(parsed.event)).toBe(true);
    expect(hasTag(parsed.event, 'r', room)).toBe(true);
    const message = decodeEnvelope(parsed.event.content);
    expect(message?.from).toBe(message?.peer_id);
    expect(parsed.event.kind).toBe(message?.kind === 'announce' ? PRESENCE_KIND : EPHEMERAL_KIND);
    if (message) kinds.add(message.kind);
  }
  expect([...kinds].sort()).toEqual(expect.arrayContaining(['announce', 'answer', 'candidate', 'offer']));
});

it('we subscribe as it does', () => {
  const requests = sent.filter(({ frame }) => frame[0] === 'REQ');
  expect(requests.length).toBeGreaterThan(0);
  for (const { room, frame } of requests) {
    const deviceId = frame[3]['#p'][0];
    const nowSeconds = frame[2].since + 120;
    const ours = subscriptionFrames({ room, deviceId, nowSeconds, wide: frame.length === 5, split: false });
    expect(ours).toEqual([JSON.stringify(frame)]);
  }
});
