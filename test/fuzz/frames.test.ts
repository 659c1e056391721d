/** Frames with something wrong, from a device that is not admitted and from a member. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FuzzedWorld } from './fuzzed-world.js';
import { mutated } from './mutations.js';
import { named, runs, seed, timeout } from './options.js';

const { entries } = JSON.parse(readFileSync(new URL('../fixtures/protocol/frames.json', import.meta.url), 'utf8')) as {
  entries: { frame: string; layer: string; json: string; decodes: boolean }[];
};
const routed = (body: string) => `{"kind":"channel","channel":"__mesh_relay__/v1","payload":${body}}`;
/** A `deny` ends what is fuzzed: one of them is enough. */
const corpus = entries.flatMap(({ frame, layer, json, decodes }) => {
  if (layer === 'routed_envelope') return [routed(json)];
  return layer === 'data_channel' && decodes && frame !== 'deny' ? [json] : [];
});
corpus.push('{"kind":"deny","reason":null}');

/** As if `x` had said it: else each hello names somebody else, which ends the session. */
const spokenBy = (deviceId: string) =>
  corpus.map((text) => text.replace('"device_id":"DEV"', `"device_id":"${deviceId}"`));
/** Fewer than what makes us drop a member, in a second. */
const FRAMES_A_SECOND = 24;

it(`from who is not admitted: nothing comes of it (${named})`, { timeout }, async () => {
  let fuzzed = await FuzzedWorld.open({ seed, admitsX: false });
  const text = mutated(spokenBy(fuzzed.x.id));
  let before = fuzzed.state();
  let count = 0;
  await fc.assert(
    fc.asyncProperty(text, async (frame) => {
      count += 1;
      fuzzed.hear(Buffer.from(frame));
      if (!fuzzed.xIsThere) {
        // It has sent us away, or said that it is somebody else.
        expect(fuzzed.reason).toMatch(/^(denied|auth-failed)$/);
        expect(fuzzed.bIsUnharmed()).toBe(true);
        fuzzed = await FuzzedWorld.open({ seed: seed + count, admitsX: false });
        before = fuzzed.state();
      }
      if (count % FRAMES_A_SECOND === 0) await fuzzed.world.advance(1_000);
      expect(fuzzed.state()).toBe(before);
      expect(fuzzed.world.thrown).toEqual([]);
    }),
    runs(0.3),
  );
});

it(`from a member: the others never notice (${named})`, { timeout }, async () => {
  let fuzzed = await FuzzedWorld.open({ seed, admitsX: true });
  const text = mutated(spokenBy(fuzzed.x.id));
  let count = 0;
  await fc.assert(
    fc.asyncProperty(text, async (frame) => {
      count += 1;
      fuzzed.hear(Buffer.from(frame));
      expect(fuzzed.bIsUnharmed()).toBe(true);
      if (!fuzzed.xIsThere) {
        expect(fuzzed.reason).toMatch(/^(denied|auth-failed|protocol-violation)$/);
        fuzzed = await FuzzedWorld.open({ seed: seed + count, admitsX: true });
      }
      if (count % FRAMES_A_SECOND === 0) await fuzzed.world.advance(1_000);
      expect(fuzzed.bIsUnharmed()).toBe(true);
      expect(fuzzed.world.thrown).toEqual([]);
    }),
    runs(0.3),
  );
  expect(fuzzed.a.network!.roster.list().every(({ role }) => role === 'member')).toBe(true);
  expect(fuzzed.world.areActive(fuzzed.a, fuzzed.b)).toBe(true);
});
