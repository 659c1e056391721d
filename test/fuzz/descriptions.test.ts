/** Session descriptions and candidates with something wrong, to real links: what they cannot use they refuse. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { weriftLinks } from '../../src/link/werift/index.js';
import { Recorder } from '../link/support/recorder.js';
import { weriftWorld } from '../link/support/werift-world.js';
import { readJsonLines } from '../support/jsonl.js';
import { mutatedLines } from './mutations.js';
import { named, runs, timeout } from './options.js';

/** Each costs a certificate and a socket, so that a link gets several descriptions, as peers may send them. */
const DESCRIPTIONS_A_LINK = 5;
const MAX_RECORDED = 1_000;

const world = weriftWorld();
const links = weriftLinks();
const [near, far] = [new Recorder((facts) => world.create(facts)), new Recorder((facts) => world.create(facts))];
/** Sessions as they are described, with nobody at the addresses: their passwords are good for checks on the real ones. */
const descriptions: string[] = [];

/** A session beside the fuzzed ones. */
beforeAll(async () => {
  const offer = await near.link.createOffer();
  const answer = await far.link.acceptOffer(offer);
  await near.link.acceptAnswer(answer);
  await world.until(() => near.counts.opened === 1 && far.counts.opened === 1);
  const upstream = readJsonLines<{ sdp: string }>('link/upstream-offers.jsonl').map(({ sdp }) => sdp);
  const nowhere = (sdp: string) => sdp.replace(/^(a=candidate:(?:\S+ ){4})\S+ \d+/gm, '$1127.0.0.1 9');
  descriptions.push(...[offer, answer, ...upstream].map(nowhere));
});
afterAll(() => world.close());

async function othersStillTalk(): Promise<void> {
  if (far.texts.length > MAX_RECORDED) far.texts.length = 0;
  const text = `message ${far.texts.length}`;
  near.link.send(text);
  await world.until(() => far.texts.includes(text));
  expect([near.counts.closed, far.counts.closed]).toEqual([0, 0]);
}

/** Refused or not: it ends. */
async function settled(work: Promise<unknown>): Promise<'done' | 'refused'> {
  let outcome: 'done' | 'refused' | undefined;
  work.then(
    () => {
      outcome = 'done';
    },
    (error) => {
      expect(error).toBeInstanceOf(Error);
      outcome = 'refused';
    },
  );
  await world.until(() => outcome !== undefined);
  return outcome!;
}

it(`descriptions and candidates (${named})`, { timeout }, async () => {
  const texts = mutatedLines(descriptions);
  const candidates = mutatedLines([
    'candidate:1 1 udp 2130706431 127.0.0.1 9 typ host',
    'candidate:2 1 udp 1694498815 127.0.0.1 9 typ srflx raddr 127.0.0.1 rport 9',
    'candidate:3 1 tcp 1518149375 ::1 9 typ host tcptype active',
  ]);
  const script = fc.array(fc.record({ sdp: texts, candidate: candidates, isAnswer: fc.boolean() }), {
    minLength: DESCRIPTIONS_A_LINK,
    maxLength: DESCRIPTIONS_A_LINK,
  });
  await fc.assert(
    fc.asyncProperty(script, fc.boolean(), async (steps, weOffer) => {
      const { link, counts } = new Recorder((facts) => links.create({ facts, loopbackOnly: true, iceServers: [] }));
      if (weOffer) await link.createOffer();
      let described = weOffer;
      for (const { sdp, candidate, isAnswer } of steps) {
        link.addCandidate(candidate);
        if (isAnswer && described) await settled(link.acceptAnswer(sdp));
        else if (described) await settled(link.acceptRestart(sdp));
        else described = (await settled(link.acceptOffer(sdp))) === 'done';
      }
      expect(counts.opened).toBe(0);
      await link.close();
      await othersStillTalk();
    }),
    runs(0.1 / DESCRIPTIONS_A_LINK),
  );
});
