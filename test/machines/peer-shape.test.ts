/** What the network's shape wants of a peer: whom we dial, whose link is shelved, pruned, kept. */
import { expect, it } from 'vitest';
import type { PeerEvent, Shaping } from '../../machines/peer-events.js';
import { tunables as t } from '../../machines/tunables.js';
import { activePeer, BOOT, type PeerUnderTest, stalePeer, startPeer } from './support/peer-host.js';

const EDGE: Shaping = { dials: true, keeps: true };
const NO_EDGE: Shaping = { dials: false, keeps: false };
const SILENT: Shaping = { dials: false, keeps: true };
const shaped = (shaping: Shaping): PeerEvent => ({ type: 'SHAPED', ...shaping });
const announced = (boot: number | null = BOOT): PeerEvent => ({ type: 'ANNOUNCED', boot, reflection: false });
const theyShelve = (shelved: boolean): PeerEvent => ({ type: 'THEY_SHELVED', epoch: 1, shelved });
const told = (shelved: boolean): PeerEvent => ({ type: 'SHELVING_SENT', epoch: 1, shelved });

const shelvedPeer = () => {
  const peer = activePeer();
  peer.send(shaped(NO_EDGE), told(true));
  peer.done();
  return peer;
};

it.each([
  ['no edge', NO_EDGE],
  ['an edge of a silent network', SILENT],
])('%s: announced, seen, not dialled, and forgotten only after two cadences', (_, shaping) => {
  const peer = startPeer({ shaping });
  peer.send(announced());
  peer.ticks(t.sightTicks - 1);
  peer.send(announced());
  expect(peer.done()).toEqual(['reflect fresh']);
  peer.ticks(t.sightTicks - 1);
  expect(peer.state()).toBe('sighted.placeholder');
  peer.ticks(1);
  expect(peer.state()).toBe('gone');
});

it('an unsigned announce of a peer that we do not dial is answered once in a while: its answers look the same', () => {
  const peer = startPeer({ shaping: SILENT });
  for (let second = 0; second < 60; second += 1) {
    peer.send(announced(null));
    peer.ticks(1);
  }
  expect(peer.done()).toEqual(['reflect fresh', 'reflect']);
});

it('whoever offers is answered, edge or not', () => {
  const peer = startPeer({ shaping: NO_EDGE });
  peer.send({ type: 'OFFER', boot: null, key: 1, names: 'none' });
  expect([peer.state(), peer.done()]).toEqual(['sighted.answering', ['answer 1 key 1']]);
});

it('a peer that comes into shape is dialled without an announce', () => {
  const peer = startPeer({ shaping: NO_EDGE });
  peer.send(shaped(SILENT));
  expect(peer.state()).toBe('sighted.placeholder');
  peer.send(shaped(EDGE));
  expect([peer.state(), peer.context().reason]).toEqual(['sighted.offering', 'into-shape']);
});

it('asked for by the user it is dialled in either id order, and again when that fails', () => {
  for (const offersFirst of [true, false]) {
    const peer = startPeer({ shaping: SILENT, offersFirst });
    peer.send({ type: 'DIAL' });
    peer.send({ type: 'DIAL' });
    expect([peer.state(), peer.done()]).toEqual(['sighted.offering', ['offer 1']]);
    for (const waitTicks of t.redialTicks) {
      peer.ticks(t.openTicks);
      expect(peer.state()).toBe('sighted.redialing');
      peer.ticks(waitTicks);
      if (!offersFirst) peer.clock.advance(t.offerWaitMs);
      expect(peer.state()).toBe('sighted.offering');
    }
    peer.ticks(t.openTicks);
    expect(peer.state()).toBe('sighted.placeholder');
  }
});

it('a link out of shape is shelved: the peer is told, and told again until that has left', () => {
  const peer = activePeer();
  peer.send(shaped(NO_EDGE));
  expect([peer.state(), peer.context().reason, peer.done()]).toEqual(['active.shelved', 'out-of-shape', ['shelve']]);
  peer.ticks(1);
  expect(peer.done()).toEqual(['shelve']);
  peer.send(told(true));
  peer.ticks(1);
  expect(peer.done()).toEqual([]);
});

it('back in shape it is steady again, and an unshelve that did not leave is owed', () => {
  const peer = shelvedPeer();
  peer.send(shaped(EDGE));
  expect([peer.state(), peer.context().reason, peer.done()]).toEqual(['active.steady', 'into-shape', ['unshelve']]);
  peer.ticks(1);
  expect(peer.done()).toEqual(['unshelve']);
  peer.send(told(false));
  peer.ticks(1);
  expect(peer.done()).toEqual([]);
});

it('it is pruned when both ends have shelved it, and we for a while', () => {
  const peer = shelvedPeer();
  peer.ticks(t.pruneTicks);
  expect(peer.state()).toBe('active.shelved');
  peer.send(theyShelve(true));
  expect([peer.state(), peer.context().reason, peer.done()]).toEqual([
    'sighted.placeholder',
    'pruned',
    expect.arrayContaining(['close 1']),
  ]);
  expect(peer.context()).toMatchObject({ epoch: 0, wasActive: false, shelvedByUs: false, shelvedByThem: false });
  peer.send(announced());
  expect(peer.state()).toBe('sighted.placeholder');
});

it('it is kept while the other end still wants it', () => {
  const peer = shelvedPeer();
  peer.send(theyShelve(true), theyShelve(false));
  peer.ticks(t.staleTicks - 1);
  expect(peer.state()).toBe('active.shelved');
});

it('a link that the other end alone has shelved is used on, and told apart', () => {
  const peer = activePeer();
  peer.send(theyShelve(true));
  peer.ticks(t.staleTicks - 1);
  expect([peer.state(), peer.context().shelvedByThem]).toEqual(['active.steady', true]);
});

const falls: [string, (peer: PeerUnderTest) => void | Promise<void>][] = [
  ['the other end closes it', (peer) => peer.send({ type: 'CLOSED', epoch: 1, reason: 'closed' })],
  ['the peer has restarted', (peer) => peer.send(announced(BOOT + 1))],
  [
    'it stays silent',
    async (peer) => {
      peer.ticks(t.staleTicks);
      await peer.turn();
    },
  ],
];
it.each(falls)('a shelved link that falls is not brought back: %s', async (_, fall) => {
  const peer = shelvedPeer();
  await fall(peer);
  expect([peer.state(), peer.context().reason]).toEqual(['sighted.placeholder', 'pruned']);
  expect(peer.context()).toMatchObject({ epoch: 0, candidate: 0, wasActive: false, repair: null });
});

it('a wake asks a shelved peer like any other, and it is shelved again when it answers', () => {
  const peer = shelvedPeer();
  peer.send({ type: 'WAKE' });
  expect([peer.state(), peer.done()]).toEqual(['active.verifying', ['ping', 'probe']]);
  peer.send({ type: 'FRAME', epoch: 1 });
  expect([peer.state(), peer.done()]).toEqual(['active.shelved', []]);
});

it('a stale peer that comes out of shape is let go', async () => {
  const peer = await stalePeer();
  peer.send(shaped(NO_EDGE));
  expect([peer.state(), peer.context().reason]).toEqual(['sighted.placeholder', 'pruned']);
});

it('a silent network brings back what fell: that is no new acquaintance', () => {
  const peer = activePeer({ shaping: SILENT });
  peer.send({ type: 'CLOSED', epoch: 1, reason: 'closed' });
  peer.ticks(t.redialTicks[0]!);
  expect(peer.state()).toBe('sighted.offering');
});

it('what was told in one session is told anew in the next', () => {
  const peer = shelvedPeer();
  peer.send({ type: 'OFFER', boot: BOOT + 1, key: 9, names: 'none' });
  peer.send({ type: 'OPENED', epoch: 2 });
  peer.send({ type: 'AUTHENTICATED', epoch: 2, boot: BOOT + 1, signs: true, admit: true });
  peer.send({ type: 'APPROVE_SENT', epoch: 2 }, { type: 'THEY_APPROVED', epoch: 2 });
  expect(peer.state()).toBe('active.shelved');
  expect(peer.done()).toContain('shelve');
});
