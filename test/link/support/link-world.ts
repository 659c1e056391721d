/** Where a link under test lives, and the steps every test of it takes. */
import { expect } from 'vitest';
import type { Link, LinkFacts } from '../../../src/link/link.js';
import { Recorder } from './recorder.js';

export interface LinkWorld {
  create(facts: LinkFacts): Link;
  /** Every description on its way, so that the world knows what carries this link. */
  describes(sdp: string): void;
  /** Nothing arrives in either direction until `heal`. */
  cut(): void;
  heal(): void;
  nowMs(): number;
  /** Lets time pass until the condition holds; rejects after `boundMs`. */
  until(condition: () => boolean, boundMs?: number): Promise<void>;
  /** Lets time pass until neither end tries to send anything. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

export const twoEnds = (world: LinkWorld): [a: Recorder, b: Recorder] => {
  const end = () => new Recorder((facts) => world.create(facts));
  return [end(), end()];
};

export async function exchange(world: LinkWorld, a: Recorder, b: Recorder): Promise<void> {
  const offer = await a.link.createOffer();
  world.describes(offer);
  const answer = await b.link.acceptOffer(offer);
  world.describes(answer);
  await a.link.acceptAnswer(answer);
}

export async function openPair(world: LinkWorld): Promise<[a: Recorder, b: Recorder]> {
  const [a, b] = twoEnds(world);
  await exchange(world, a, b);
  await world.until(() => a.counts.opened === 1 && b.counts.opened === 1);
  return [a, b];
}

export async function restart(a: Recorder, b: Recorder): Promise<void> {
  await a.link.acceptAnswer(await b.link.acceptRestart(await a.link.restartOffer()));
}

/** One message each way, sent now. */
export async function expectTalk(world: LinkWorld, a: Recorder, b: Recorder, word: string): Promise<void> {
  expect(a.link.send(`${word} from a`)).toBe('sent');
  expect(b.link.send(`${word} from b`)).toBe('sent');
  await world.until(() => b.texts.includes(`${word} from a`) && a.texts.includes(`${word} from b`));
}

export const unusable = (sdp: string): string[] => [
  '',
  'garbage',
  '{"type":"offer"}',
  sdp + 'a=x\r\n'.repeat(20_000),
  sdp.replace(/^a=fingerprint:.*$/gm, 'a=x'),
  sdp.replace(/^a=fingerprint:(.*)$/m, '$&\r\na=fingerprint:sha-256 00:11'),
];
