/** The daemon takes no answer that rejects one of its sections, so its own offers are answered here. */
import { afterEach, describe, expect, it } from 'vitest';
import { weriftLinks } from '../../src/link/werift/index.js';
import { readJsonLines } from '../support/jsonl.js';
import { Recorder } from './support/recorder.js';

const offers = readJsonLines<{ from: string; sdp: string }>('link/upstream-offers.jsonl');
const factory = weriftLinks();
const ends: Recorder[] = [];

function newEnd(): Recorder {
  const end = new Recorder((facts) => factory.create({ facts, loopbackOnly: true, iceServers: [] }));
  ends.push(end);
  return end;
}

interface Section {
  kind: string;
  port: number;
  mid: string | undefined;
  lines: string[];
}

function sectionsOf(sdp: string): Section[] {
  return sdp
    .split(/^(?=m=)/m)
    .slice(1)
    .map((text) => {
      const lines = text.split(/\r?\n/);
      const [kind = '', port] = (lines[0] as string).slice('m='.length).split(' ');
      const mid = lines.find((line) => line.startsWith('a=mid:'))?.slice('a=mid:'.length);
      return { kind, port: Number(port), mid, lines };
    });
}

const bundleOf = (sdp: string) => /^a=group:BUNDLE (.*?)\r?$/m.exec(sdp)?.[1]?.split(' ');

afterEach(async () => {
  await Promise.all(ends.splice(0).map(({ link }) => link.close()));
});

describe('descriptions as upstream needs them', () => {
  it.each(offers)('keeps every section of its offer: $from', async ({ sdp }) => {
    const end = newEnd();
    const answer = await end.link.acceptOffer(sdp);
    const asked = sectionsOf(sdp);
    const answered = sectionsOf(answer);
    expect(answered.map(({ kind, mid }) => [kind, mid])).toEqual(asked.map(({ kind, mid }) => [kind, mid]));
    expect(answered.filter(({ port }) => port === 0)).toEqual([]);
    expect(bundleOf(answer)).toEqual(asked.map(({ mid }) => mid));
    const codecsOf = (kind: string) => answered.find((section) => section.kind === kind)?.lines.join('\n');
    expect(codecsOf('video')).toMatch(/^a=rtpmap:\d+ H264\/90000$/m);
    expect(codecsOf('audio')).toMatch(/^a=rtpmap:\d+ opus\/48000\/2$/m);
    expect(answer).toMatch(/^a=setup:active\r?$/m);
    expect(end.link.remoteFingerprint()).toBe(/^a=fingerprint:(.*?)\r?$/m.exec(sdp)?.[1]?.toLowerCase());
  });

  it('offers a data channel and nothing else', async () => {
    const { link } = newEnd();
    const offer = await link.createOffer();
    const sections = sectionsOf(offer);
    expect(sections.map(({ kind }) => kind)).toEqual(['application']);
    expect(sections[0]?.mid).toBeDefined();
    expect(bundleOf(offer)).toEqual([sections[0]?.mid]);
    expect(sections[0]?.lines).toContain('a=setup:actpass');
    expect(offer).not.toContain('generation');
    expect(offer).toContain(`a=fingerprint:${link.localFingerprint()?.replace(/ .*/, (value) => value.toUpperCase())}`);
  });
});
