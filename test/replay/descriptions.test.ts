/** Session descriptions, line by line: what our transport says where a recorded one had its turn. */
import { afterEach, expect, it } from 'vitest';
import { weriftLinks } from '../../src/link/werift/index.js';
import { Recorder } from '../link/support/recorder.js';
import { readJsonLines } from '../support/jsonl.js';
import { differences } from './compare.js';

interface Described {
  from: string;
  dir: 'client>daemon' | 'daemon>client';
  type: 'offer' | 'answer';
  sdp: string;
}

const recorded = readJsonLines<Described>('recordings/sdp-examples.jsonl');
const factory = weriftLinks();
const ends: Recorder[] = [];

function newLink() {
  const end = new Recorder((facts) => factory.create({ facts, loopbackOnly: true, iceServers: [] }));
  ends.push(end);
  return end.link;
}

afterEach(async () => {
  await Promise.all(ends.splice(0).map(({ link }) => link.close()));
});

/** The nth description of such a kind in one of the recorded situations, without the addresses of that machine. */
function said(from: string, dir: Described['dir'], type: Described['type'], n = 0): string {
  const found = recorded.filter((each) => each.from === from && each.dir === dir && each.type === type)[n];
  if (!found) throw new Error(`no such description: ${from}, ${dir}, ${type}, ${n}`);
  return found.sdp.replaceAll(/a=(candidate:.*|end-of-candidates)\r\n/g, '');
}

/** Drawn for each connection, and nobody's choice. */
const form = (sdp: string) =>
  sdp
    .replaceAll(/^a=(candidate:.*|end-of-candidates)\r\n/gm, '')
    .replaceAll(/^(o=|a=ice-ufrag:|a=ice-pwd:|a=fingerprint:sha-256 |a=ssrc:).*$/gm, '$1…')
    .trim()
    .split(/ *\r\n/);

const differ = (then: string, now: string) => differences(form(then), form(now));

it('answers the first offer of the daemon as was answered then', async () => {
  const situation = 'first connection, daemon has the smaller id';
  const answer = await newLink().acceptOffer(said(situation, 'daemon>client', 'offer'));
  expect(differ(said(situation, 'client>daemon', 'answer'), answer)).toEqual([]);
});

it('answers its restart', async () => {
  const situation = 'restart offer of the daemon';
  const link = newLink();
  await link.acceptOffer(said(situation, 'daemon>client', 'offer'));
  const answer = await link.acceptRestart(said(situation, 'daemon>client', 'offer', 1));
  expect(differ(said(situation, 'client>daemon', 'answer', 1), answer)).toEqual([]);
});

it('answers an offer that puts its media behind our data', async () => {
  const situation = 'in-place restarts and rebuild, daemon has the smaller id';
  const link = newLink();
  await link.createOffer();
  await link.acceptAnswer(said(situation, 'daemon>client', 'answer', 3));
  const answer = await link.acceptRestart(said(situation, 'daemon>client', 'offer', 1));
  expect(differ(said(situation, 'client>daemon', 'answer', 1), answer)).toEqual([]);
});

it('offers, and restarts, as was offered then', async () => {
  const [first, restart] = [
    'first connection, client has the smaller id',
    'in-place restarts and rebuild, client has the smaller id',
  ];
  const link = newLink();
  expect(differ(said(first, 'client>daemon', 'offer'), await link.createOffer())).toEqual([]);
  await link.acceptAnswer(said(first, 'daemon>client', 'answer'));
  expect(differ(said(restart, 'client>daemon', 'offer', 1), await link.restartOffer())).toEqual([]);
});

it('answers for the daemon what it answered, in the order and with the lines of another library', async () => {
  const situation = 'first connection, client has the smaller id';
  const answer = await newLink().acceptOffer(said(situation, 'client>daemon', 'offer'));
  const [then, now] = [said(situation, 'daemon>client', 'answer'), answer].map((sdp) => form(sdp).sort());
  expect(differences(then as string[], now as string[])).toEqual([
    '+ a=ice-options:trickle', // candidates follow; upstream trickles without saying so
    '+ a=max-message-size:65536', // its default too
    '+ a=msid-semantic:WMS *', // no media
    '- a=sendrecv', // means nothing for data
  ]);
});
