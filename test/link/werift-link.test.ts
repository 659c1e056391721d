import { createSocket } from 'node:dgram';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { linkContract } from './link-contract.js';
import { expectTalk, openPair } from './support/link-world.js';
import { Recorder } from './support/recorder.js';
import { weriftWorld } from './support/werift-world.js';

linkContract('werift link', weriftWorld);

const record = (type: number, ...body: number[]) =>
  Buffer.from([type, 254, 253, 0, 0, 0, 0, 0, 0, 0, 99, 0, body.length, ...body]);
/** Each of these, from any address, ends or wedges a session of bare werift: robustness.test.ts shows it. */
const STRANGE = [
  record(30, 0),
  record(21, 1, 0),
  record(21, 2, 40),
  record(22, 1),
  Buffer.alloc(0),
  Buffer.alloc(1500, 255),
];

describe('werift link: strangers', () => {
  it('goes on while a stranger sends to both its sockets', async () => {
    const world = weriftWorld();
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    try {
      const [a, b] = [new Recorder(world.create), new Recorder(world.create)];
      const offer = await a.link.createOffer();
      const answer = await b.link.acceptOffer(offer);
      await a.link.acceptAnswer(answer);
      await world.until(() => a.counts.opened === 1 && b.counts.opened === 1);
      for (const sdp of [offer, answer]) {
        const port = Number(/^a=candidate:(?:\S+ ){5}(\d+) /m.exec(sdp)?.[1]);
        for (const data of STRANGE) {
          await new Promise((resolve) => socket.send(data, port, '127.0.0.1', resolve));
        }
      }
      // A socket is read in order: what is answered now was sent after all of that.
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const) {
        expect(from.link.send('still here')).toBe('sent');
        await world.until(() => to.texts.includes('still here'));
      }
      expect([a.order, b.order]).toEqual([
        ['opened', 'message'],
        ['opened', 'message'],
      ]);
    } finally {
      socket.close();
      await world.close();
    }
  });
});

describe('werift link: round trips', () => {
  afterEach(() => vi.useRealTimers());

  it('takes no freeze for a round trip: what is lost after one is repeated at once, not after a minute', async () => {
    const world = weriftWorld();
    const [a, b] = await openPair(world);
    vi.useFakeTimers({ toFake: ['Date'] });
    expect(a.link.send('acknowledged 40 s later')).toBe('sent');
    vi.setSystemTime(Date.now() + 40_000);
    await world.until(() => b.texts.length === 1);
    await expectTalk(world, a, b, 'acknowledged');
    world.cut();
    expect(a.link.send('lost at first')).toBe('sent');
    await world.quiet();
    world.heal();
    await world.until(() => b.texts.includes('lost at first'));
    await world.close();
  });
});
