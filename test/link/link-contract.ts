/** What every implementation of `Link` owes the mesh, whatever carries the bytes. */
import { afterEach, describe, expect, it } from 'vitest';
import { MAX_MESSAGE_BYTES, NewSessionError } from '../../src/link/link.js';
import { exchange, expectTalk, type LinkWorld, openPair, restart, twoEnds, unusable } from './support/link-world.js';

export type { LinkWorld };

const QUEUE_BYTES = 256 * 1024;
const LOW_BYTES = 64 * 1024;
/** Consent is given up 27 to 36 s after the last answer. */
const CONSENT_BOUND_MS = 45_000;
const CONSENT_FLOOR_MS = 24_000;

export function linkContract(name: string, newWorld: () => LinkWorld): void {
  const worlds: LinkWorld[] = [];
  const open = () => {
    const world = newWorld();
    worlds.push(world);
    return world;
  };
  const closeAll = () => Promise.all(worlds.splice(0).map((world) => world.close()));

  describe(`${name}: opening and sending`, () => {
    afterEach(closeAll);

    it('opens once at both ends and names both fingerprints', async () => {
      const world = open();
      const [a, b] = await openPair(world);
      await expectTalk(world, a, b, 'hello');
      expect(a.link.localFingerprint()).toMatch(/^sha-256 [0-9a-f:]{95}$/);
      expect(a.link.remoteFingerprint()).toBe(b.link.localFingerprint());
      expect(b.link.remoteFingerprint()).toBe(a.link.localFingerprint());
      expect(a.link.localFingerprint()).not.toBe(b.link.localFingerprint());
      expect(a.link.stats().selectedPair).not.toBeNull();
      expect([a.counts.opened, b.counts.opened]).toEqual([1, 1]);
    });

    it('loses no message sent from within opened', async () => {
      const world = open();
      const [a, b] = twoEnds(world);
      a.onOpened = () => a.link.send('first of a');
      b.onOpened = () => b.link.send('first of b');
      await exchange(world, a, b);
      await world.until(() => a.texts.length === 1 && b.texts.length === 1);
      expect([a.texts, b.texts]).toEqual([['first of b'], ['first of a']]);
      expect([a.order, b.order]).toEqual([
        ['opened', 'message'],
        ['opened', 'message'],
      ]);
    });

    it('survives handlers that throw', async () => {
      const world = open();
      const [a, b] = twoEnds(world);
      a.onOpened = () => {
        throw new Error('handler failed');
      };
      await exchange(world, a, b);
      await world.until(() => a.counts.opened === 1 && b.counts.opened === 1);
      await expectTalk(world, a, b, 'all the same');
    });

    it('keeps order and boundaries of messages from 1 to 65535 bytes', async () => {
      const world = open();
      const [a, b] = await openPair(world);
      const sizes = [1, MAX_MESSAGE_BYTES, 2, 1_191, 20_000, 3, 1];
      for (const size of sizes) expect(a.link.send(new Uint8Array(size).fill(120))).toBe('sent');
      await world.until(() => b.sizes.length === sizes.length);
      expect(b.sizes).toEqual(sizes);
    });

    it('answers closed to empty and oversize messages, and the channel lives on', async () => {
      const world = open();
      const [a, b] = await openPair(world);
      expect(a.link.send('')).toBe('closed');
      expect(a.link.send(new Uint8Array(0))).toBe('closed');
      expect(a.link.send(new Uint8Array(MAX_MESSAGE_BYTES + 1))).toBe('closed');
      expect(a.link.send('é'.repeat(MAX_MESSAGE_BYTES / 2 + 1))).toBe('closed');
      await expectTalk(world, a, b, 'after');
    });

    it('answers closed before it is open and after close', async () => {
      const world = open();
      const [a, b] = twoEnds(world);
      expect(a.link.send('early')).toBe('closed');
      await exchange(world, a, b);
      await world.until(() => a.counts.opened === 1);
      await a.link.close();
      expect(a.link.send('late')).toBe('closed');
    });

    it('bounds its queue, says so, and says when there is room again', async () => {
      const world = open();
      const [a, b] = await openPair(world);
      const atDrained: number[] = [];
      a.onDrained = () => atDrained.push(a.link.bufferedBytes());
      world.cut();
      let sent = 0;
      while (a.link.send(`${sent}`.padEnd(16_384, '.')) === 'sent') {
        sent += 1;
        expect(a.link.bufferedBytes()).toBeLessThanOrEqual(QUEUE_BYTES);
        expect(sent).toBeLessThan(100);
      }
      expect(a.link.send(new Uint8Array(16_384))).toBe('full');
      expect(a.counts.drained).toBe(0);
      world.heal();
      a.link.probe();
      await world.until(() => a.counts.drained === 1 && b.texts.length === sent);
      expect(atDrained[0]).toBeLessThanOrEqual(LOW_BYTES);
      expect(b.texts.map((text) => Number.parseInt(text, 10))).toEqual([...Array(sent).keys()]);
      await expectTalk(world, a, b, 'room');
    });
  });

  describe(`${name}: closing`, () => {
    afterEach(closeAll);

    it('is seen once by the far end', async () => {
      const world = open();
      const [a, b] = await openPair(world);
      await a.link.close();
      await world.until(() => b.counts.closed === 1);
      expect(a.counts.closed).toBe(0);
    });

    it('reports nothing after close, which may be repeated', async () => {
      const world = open();
      const [a, b] = await openPair(world);
      await Promise.all([a.link.close(), a.link.close()]);
      const before = structuredClone([a.counts, a.texts]);
      b.link.send('into the void');
      a.link.probe();
      a.link.addCandidate('candidate:1 1 udp 1 127.0.0.1 9 typ host');
      await world.quiet();
      expect([a.counts, a.texts]).toEqual(before);
    });

    it('rejects what is under way, in either role, and everything after', async () => {
      const world = open();
      const [a, b] = twoEnds(world);
      const offer = await a.link.createOffer();
      const answering = expect(b.link.acceptOffer(offer)).rejects.toThrow('closed');
      await b.link.close();
      await answering;
      const [unborn] = twoEnds(world);
      const offering = expect(unborn.link.createOffer()).rejects.toThrow('closed');
      await unborn.link.close();
      await offering;
      await expect(b.link.acceptRestart(offer)).rejects.toThrow('closed');
      await expect(b.link.restartOffer()).rejects.toThrow('closed');
    });

    it('leaves a far end that cannot hear it without a word', async () => {
      const world = open();
      const [a, b] = await openPair(world);
      world.cut();
      await a.link.close();
      await world.quiet();
      expect(b.counts.closed).toBe(0);
    });
  });

  describe(`${name}: restart in place`, () => {
    afterEach(closeAll);

    it('keeps the channel, its order and its queue', async () => {
      const world = open();
      const [a, b] = await openPair(world);
      const fingerprints = [a.link.localFingerprint(), b.link.localFingerprint()];
      world.cut();
      for (const text of ['1', '2', '3']) expect(a.link.send(text)).toBe('sent');
      const offer = await a.link.restartOffer();
      expect(a.link.stats().selectedPair).toBeNull(); // it drops the live path at once
      expect(a.link.send('4')).toBe('sent');
      world.heal();
      await a.link.acceptAnswer(await b.link.acceptRestart(offer));
      await world.until(() => a.counts.pathAlive > 0 && b.counts.pathAlive > 0 && b.texts.length === 4);
      expect(b.texts).toEqual(['1', '2', '3', '4']);
      await expectTalk(world, a, b, 'restarted');
      expect([a.link.localFingerprint(), b.link.localFingerprint()]).toEqual(fingerprints);
      expect([a.counts.opened, b.counts.opened, a.counts.closed, b.counts.closed]).toEqual([1, 1, 0, 0]);
    });

    it('works twice, and from either end', async () => {
      const world = open();
      const [a, b] = await openPair(world);
      await restart(a, b);
      await expectTalk(world, a, b, 'once');
      await restart(a, b);
      await expectTalk(world, a, b, 'twice');
      await restart(b, a);
      await expectTalk(world, a, b, 'the other way');
    });

    it('makes a new offer when the first one stays unanswered', async () => {
      const world = open();
      const [a, b] = await openPair(world);
      const lost = await a.link.restartOffer();
      const offer = await a.link.restartOffer();
      expect(offer).not.toBe(lost);
      await a.link.acceptAnswer(await b.link.acceptRestart(offer));
      await expectTalk(world, a, b, 'second try');
    });

    it('survives glare: who yields answers the other offer', async () => {
      const world = open();
      const [a, b] = await openPair(world);
      const [mine] = await Promise.all([a.link.restartOffer(), b.link.restartOffer()]);
      await a.link.acceptAnswer(await b.link.acceptRestart(mine));
      await expectTalk(world, a, b, 'after glare');
    });

    it('tries again on a probe when its checks were lost', async () => {
      const world = open();
      const [a, b] = await openPair(world);
      world.cut();
      await restart(a, b);
      await world.quiet();
      expect(a.link.stats().selectedPair).toBeNull();
      world.heal();
      a.link.probe();
      b.link.probe();
      await world.until(() => a.counts.pathAlive > 0 && b.counts.pathAlive > 0);
      await expectTalk(world, a, b, 'found');
    });

    it('can be made again, by either end, when the first one found no path', async () => {
      const world = open();
      const [a, b] = await openPair(world);
      world.cut();
      await restart(a, b);
      await world.quiet();
      await restart(b, a);
      await world.quiet();
      expect([a.link.stats().selectedPair, b.link.stats().selectedPair]).toEqual([null, null]);
      world.heal();
      await restart(a, b);
      await expectTalk(world, a, b, 'third time');
    });

    it('refuses another session and leaves the path alone', async () => {
      const world = open();
      const [a, b] = await openPair(world);
      const [stranger, other] = twoEnds(world);
      const foreign = await stranger.link.createOffer();
      await expect(b.link.acceptRestart(foreign)).rejects.toThrow(NewSessionError);
      await expectTalk(world, a, b, 'still here');
      const foreignAnswer = await other.link.acceptOffer(foreign);
      const offer = await a.link.restartOffer();
      await expect(a.link.acceptAnswer(foreignAnswer)).rejects.toThrow(NewSessionError);
      await a.link.acceptAnswer(await b.link.acceptRestart(offer));
      await expectTalk(world, a, b, 'right answer');
    });

    it('rejects what is no description, and lives on', async () => {
      const world = open();
      const [a, b] = await openPair(world);
      const offer = await a.link.restartOffer();
      const good = await b.link.acceptRestart(offer);
      for (const bad of unusable(good)) {
        const [fresh] = twoEnds(world);
        await expect(fresh.link.acceptOffer(bad)).rejects.toThrow();
        await expect(a.link.acceptAnswer(bad)).rejects.toThrow();
        await expect(b.link.acceptRestart(bad)).rejects.toThrow();
        await fresh.link.close();
      }
      await a.link.acceptAnswer(good);
      await expectTalk(world, a, b, 'after garbage');
    });

    it('takes no answer nobody waits for', async () => {
      const world = open();
      const [a, b] = twoEnds(world);
      const answer = await b.link.acceptOffer(await a.link.createOffer());
      await a.link.acceptAnswer(answer);
      await expect(a.link.acceptAnswer(answer)).rejects.toThrow();
    });

    it('asks a live path without harm', async () => {
      const world = open();
      const [a, b] = await openPair(world);
      for (let i = 0; i < 5; i++) {
        a.link.probe();
        b.link.probe();
        await expectTalk(world, a, b, `probe ${i}`);
      }
      await world.quiet();
      expect([a.counts.pathAlive, b.counts.pathAlive]).toEqual([0, 0]); // news of nothing would be answered by a probe
    });
  });

  // Each of these needs half a minute of silence: they run side by side.
  describe.concurrent(`${name}: lost consent`, () => {
    const consentLost = async (world: LinkWorld) => {
      const [a, b] = await openPair(world);
      world.cut();
      const cutMs = world.nowMs();
      expect(a.link.send('into the silence')).toBe('sent');
      await world.until(() => a.counts.consentLost + b.counts.consentLost > 0, CONSENT_BOUND_MS);
      expect(world.nowMs() - cutMs).toBeGreaterThan(CONSENT_FLOOR_MS);
      await world.until(() => a.counts.consentLost === 1 && b.counts.consentLost === 1, CONSENT_BOUND_MS);
      expect([a.counts.closed, b.counts.closed]).toEqual([0, 0]);
      expect(a.link.send('after the loss')).toBe('sent');
      world.heal();
      return [a, b] as const;
    };

    it('is undone by one probe of each end, and what was sent meanwhile arrives', async () => {
      const world = newWorld();
      const [a, b] = await consentLost(world);
      a.link.probe();
      // The probe of one end tells the other one that it may ask, too.
      await world.until(() => a.counts.pathAlive > 0 && b.counts.pathAlive > 0);
      b.link.probe();
      await world.until(() => b.texts.length === 2);
      expect(b.texts).toEqual(['into the silence', 'after the loss']);
      await expectTalk(world, a, b, 'revived');
      await world.close();
    });

    it('swallows what is sent until somebody asks the path, healed or not', async () => {
      const world = newWorld();
      const [a, b] = await consentLost(world);
      expect(b.link.send('from the other end')).toBe('sent');
      await world.quiet();
      expect([a.texts, b.texts]).toEqual([[], []]);
      expect([a.counts.pathAlive, b.counts.pathAlive]).toEqual([0, 0]);
      await world.close();
    });

    it('is all that is seen of a close whose goodbye was lost, and later of sends to nobody', async () => {
      const world = newWorld();
      const [a, b] = await openPair(world);
      world.cut();
      await a.link.close();
      world.heal();
      expect(b.link.send('to nobody')).toBe('sent');
      await world.until(() => b.counts.consentLost === 1, CONSENT_BOUND_MS);
      b.link.probe();
      await world.quiet();
      expect([b.counts.closed, b.counts.pathAlive]).toEqual([0, 0]);
      await world.close();
    });

    it('is left as it is while the path stays cut', async () => {
      const world = newWorld();
      const [a, b] = await consentLost(world);
      world.cut();
      const alive = a.counts.pathAlive;
      for (let i = 0; i < 20; i++) a.link.probe();
      await world.quiet();
      expect(a.counts.pathAlive).toBe(alive);
      expect([a.counts.closed, b.counts.closed]).toEqual([0, 0]);
      await world.close();
    });

    it('is undone by a restart as well', async () => {
      const world = newWorld();
      const [a, b] = await consentLost(world);
      await restart(b, a);
      await world.until(() => b.texts.length === 2 && a.counts.pathAlive > 0 && b.counts.pathAlive > 0);
      await expectTalk(world, a, b, 'restarted');
      await world.close();
    });
  });
}
