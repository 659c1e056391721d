/**
 * Every recorded conversation, once in the place of each side. Up to the first disturbance what we say is compared with
 * what was said then, message by message. From then on each program recovers in its own way, so that the other side's
 * words answer what we do not say: every message of ours must still have a form that was said in that place.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { recordingNames, type Side } from '../protocol/recording.js';
import { differences } from './compare.js';
import { readConversation } from './conversation.js';
import { deliberate } from './deliberate.js';
import { formsSaid } from './forms.js';
import type { Way } from './mask.js';
import { type Line, type Replay, replay } from './replay.js';

const WAYS: Way[] = ['relay', 'channel'];
/** Descriptions alone; test/replay/descriptions.test.ts has them. */
const conversations = recordingNames.filter((name) => name !== 'sdp-examples');
const used = new Set<string>();

function explained(us: Side, name: string, line: string): boolean {
  const reasons = deliberate.filter((each) => each.us === us && (each.in?.test(name) ?? true) && each.lines.test(line));
  for (const { name: reason } of reasons) used.add(`${us}: ${reason}`);
  return reasons.length > 0;
}

function differencesBeforeTrouble({ ours, theirs, disturbedMs }: Replay): string[] {
  const of = (lines: readonly Line[], way: Way) =>
    lines.filter((line) => line.way === way && line.ms < disturbedMs).map(({ text }) => text);
  return WAYS.flatMap((way) => differences(of(theirs, way), of(ours, way)));
}

for (const us of ['daemon', 'client'] as const) {
  describe(`in the place of the ${us}`, () => {
    const forms = formsSaid(us, conversations);

    it.each(conversations.filter((name) => readConversation(name).said.some(({ by }) => by === us)))(
      '%s',
      async (name) => {
        const autoApprove = us === 'client' || !name.includes('approval-by-operator');
        const result = await replay(name, us, { autoApprove });
        const unexplained = differencesBeforeTrouble(result).filter((line) => !explained(us, name, line));
        expect(unexplained).toEqual([]);
        const later = result.ours.filter(({ ms }) => ms >= result.disturbedMs).map(({ text }) => text);
        const unheardOf = later.filter((text) => !forms.has(text) && !explained(us, name, `+ ${text}`));
        expect([...new Set(unheardOf)]).toEqual([]);
      },
    );
  });
}

afterAll(() => {
  const unused = deliberate.map(({ us, name }) => `${us}: ${name}`).filter((name) => !used.has(name));
  expect(unused).toEqual([]);
});
