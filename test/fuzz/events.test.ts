/** What a relay, a stranger in the room, and neighbours say, with something wrong: no session ends, nobody is admitted. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeLine } from '../../src/signaling/lan/line.js';
import { decodePacket, encodeBrowse, encodeLookUp, encodeSelf } from '../../src/signaling/lan/packets.js';
import { EPHEMERAL_KIND, type NostrEvent, PRESENCE_KIND } from '../../src/signaling/nostr-event.js';
import { Rng } from '../../src/sim/rng.js';
import { FuzzedWorld } from './fuzzed-world.js';
import { mutated } from './mutations.js';
import { named, runs, seed, timeout } from './options.js';

const forms: { layer: string; json: string; decodes: boolean }[] = JSON.parse(
  readFileSync(new URL('../fixtures/signaling/forms.json', import.meta.url), 'utf8'),
);
const formsOf = (layer: string) => forms.flatMap((form) => (form.layer === layer && form.decodes ? [form.json] : []));

/** Enough for what a word starts, a probe for example, to begin. */
const AFTER_EACH_MS = 20;
const open = () => FuzzedWorld.open({ seed, admitsX: false });

async function nothingComesOfIt(fuzzed: FuzzedWorld): Promise<void> {
  await fuzzed.world.advance(AFTER_EACH_MS);
  expect(fuzzed.bIsUnharmed()).toBe(true);
  expect(['active', 'stale']).not.toContain(fuzzed.a.network?.peer(fuzzed.x.id)?.state);
  expect(fuzzed.a.network?.roster.list().map(({ device_id }) => device_id)).toEqual([fuzzed.b.id]);
  expect(fuzzed.world.thrown).toEqual([]);
}

it(`frames of a relay (${named})`, { timeout }, async () => {
  const fuzzed = await open();
  const others = ['["EOSE","mom-sig-1"]', '["OK","id",true,""]', '["CLOSED","mom-sig-1","no"]', '["NOTICE","hello"]'];
  await fc.assert(
    fc.asyncProperty(mutated([...fuzzed.heard, ...others]), async (text) => {
      fuzzed.hearRelay(text);
      await nothingComesOfIt(fuzzed);
    }),
    runs(0.1),
  );
});

it(`messages in genuine events, in the name of a friend and of a stranger (${named})`, { timeout }, async () => {
  const fuzzed = await open();
  const { world, a, b, x } = fuzzed;
  const heard = fuzzed.heard.flatMap((text) => {
    const [verb, , event] = JSON.parse(text) as [string, string, NostrEvent];
    return verb === 'EVENT' ? [event] : [];
  });
  const room = heard[0]!.tags.find(([name]) => name === 'r')![1]!;
  const written = formsOf('nostr_envelope').flatMap((text) =>
    [b, x].map((sender) => text.replaceAll('"F"', `"${sender.id}"`).replaceAll('"T"', `"${a.id}"`)),
  );
  const signer = world.notary.events.newSigner((length) => new Rng(seed).bytes(length));
  const messages = mutated([...heard.map(({ content }) => content), ...written]);
  await fc.assert(
    fc.asyncProperty(messages, async (content) => {
      const kind = content.includes('"announce"') ? PRESENCE_KIND : EPHEMERAL_KIND;
      const created_at = Math.floor(a.process.clocks().wallMs / 1_000);
      fuzzed.hearRelay(
        JSON.stringify(['EVENT', 'mom-sig-1', signer.sign({ kind, tags: [['r', room]], content, created_at })]),
      );
      await nothingComesOfIt(fuzzed);
    }),
    runs(0.1),
  );
});

it(`lines and packets of the local network (${named})`, { timeout }, () => {
  const self = { room: 'a'.repeat(64), deviceId: 'b'.repeat(52), port: 4_711, mark: 'c'.repeat(120) };
  const packets = [
    encodeSelf(self, '192.0.2.7'),
    encodeBrowse([{ instance: 'x._myownmesh._tcp.local', ttl: 4_500 }]),
    encodeLookUp('x._myownmesh._tcp.local', 'x.local'),
  ].map((packet) => packet.toString('latin1'));
  fc.assert(
    fc.property(mutated(formsOf('mdns_line')), mutated(packets), (line, packet) => {
      const decoded = decodeLine(line);
      if (decoded) expect(decoded.message.from).toBeTypeOf('string');
      const heard = decodePacket(Buffer.from(packet, 'latin1'));
      if (heard) expect(['question', 'records']).toContain(heard.kind);
    }),
    runs(0.1),
  );
});
