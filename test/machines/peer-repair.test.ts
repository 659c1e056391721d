/** How a session is suspected, repaired beside itself and replaced, in seconds of its own awake time. */
import { expect, it } from 'vitest';
import type { PeerEvent } from '../../machines/peer-events.js';
import { probeMs, tunables as t } from '../../machines/tunables.js';
import { activePeer, BOOT, type PeerUnderTest, stalePeer, startPeer } from './support/peer-host.js';

const announced = (boot: number | null, reflection = false): PeerEvent => ({ type: 'ANNOUNCED', boot, reflection });
const offer = (boot: number | null, names: 'current' | 'candidate' | 'none', key = 7): PeerEvent => ({
  type: 'OFFER',
  boot,
  names,
  key,
});
const fact = (type: 'OPENED' | 'FRAME' | 'THEY_APPROVED' | 'APPROVE_SENT' | 'DENIED', epoch: number): PeerEvent => ({
  type,
  epoch,
});
const closed = (epoch: number): PeerEvent => ({ type: 'CLOSED', epoch, reason: 'closed' });
const pong = (rttMs: number): PeerEvent => ({ type: 'PONG', epoch: 1, rttMs });
const proven = (epoch: number): PeerEvent => ({ type: 'AUTHENTICATED', epoch, boot: BOOT, signs: true, admit: true });

/** Seconds pass: timers, then the sweep, then the I/O turn. Returns the second in which `state` was reached. */
async function secondsUntil(peer: PeerUnderTest, state: string, bound: number): Promise<number> {
  for (let second = 1; second <= bound; second += 1) {
    peer.clock.advance(t.sweepMs);
    peer.ticks(1);
    await peer.turn();
    if (peer.state().startsWith(state)) return second;
  }
  throw new Error(`${peer.state()}, not ${state}, after ${bound} s`);
}

async function rebuilding(options: { offersFirst?: boolean; signs?: boolean } = {}): Promise<PeerUnderTest> {
  const peer = await stalePeer(options);
  peer.send({ type: 'RESTART_REFUSED', epoch: 1 });
  expect(peer.done()).toContain('offer beside 2');
  return peer;
}

it('a frozen peer is pinged twice and stale within 12 s; one that sends a frame in time never is', async () => {
  const frozen = activePeer();
  expect(await secondsUntil(frozen, 'stale', 12)).toBeLessThanOrEqual(12);
  expect(frozen.done().filter((effect) => effect === 'ping').length).toBeGreaterThanOrEqual(2);

  const idle = activePeer();
  for (let second = 0; second < 600; second += 1) {
    idle.clock.advance(t.sweepMs);
    idle.ticks(1);
    if (idle.done().includes('ping')) idle.send(fact('FRAME', 1));
    await idle.turn();
    expect(idle.state()).toBe('active.steady');
  }
});

it('probes follow the measured round trip; a pong that a freeze held up is no measure', () => {
  const peer = activePeer();
  peer.send(pong(200), pong(60_000), { type: 'PONG', epoch: 9, rttMs: 1 });
  expect(peer.context().rttMs).toBe(200);
  peer.send(pong(360));
  expect(peer.context().rttMs).toBe(220);
  peer.send({ type: 'WAKE' });
  peer.clock.advance(t.verifyPings * probeMs(t, 220) - 1);
  expect(peer.state()).toBe('active.verifying');
  peer.clock.advance(1);
  expect(peer.state()).toBe('active.judging');
});

it('the rebuilt session takes over when it has proven itself, and says so when it is active', async () => {
  const peer = await rebuilding();
  peer.send(fact('OPENED', 2));
  expect(peer.done()).toEqual(['hello 2']);
  peer.send(fact('THEY_APPROVED', 2));
  expect([peer.state(), peer.context().epoch]).toEqual(['stale.rebuilding', 1]);
  peer.send(proven(2));
  expect(peer.done()).toEqual(['close 1', 'approve 2']);
  peer.send(fact('APPROVE_SENT', 2));
  expect([peer.state(), peer.context().epoch, peer.context().candidate]).toEqual(['active.steady', 2, 0]);
  expect(peer.done()).toEqual(['recovered by rebuild']);
});

it('a rebuild that fails leaves the old session in the state it was in, to be asked again', async () => {
  const fails: [string, (peer: PeerUnderTest) => void][] = [
    ['closed', (peer) => peer.send(closed(2))],
    ['proof refused', (peer) => peer.send({ type: 'AUTH_FAILED', epoch: 2, reason: 'bad-signature' })],
    ['too late', (peer) => peer.ticks(t.candidateTicks)],
  ];
  for (const [how, fail] of fails) {
    const peer = await rebuilding();
    fail(peer);
    expect([peer.state(), peer.context().epoch, peer.context().candidate], how).toEqual(['stale.holding', 1, 0]);
    peer.send(fact('FRAME', 1));
    expect(peer.state(), how).toBe('active.steady');
  }
});

it('of two rebuilds that cross, the one of the smaller id stands', async () => {
  const smaller = await rebuilding({ offersFirst: true });
  smaller.send(offer(BOOT, 'none'));
  expect([smaller.context().candidate, smaller.done()]).toEqual([2, []]);
  const larger = await rebuilding({ offersFirst: false });
  larger.send(offer(BOOT, 'none'));
  expect([larger.context().candidate, larger.done()]).toEqual([3, ['close 2', 'answer beside 3 key 7']]);
});

it('a candidate whose channel is not open yet takes over too when the current one closes', () => {
  const peer = activePeer();
  peer.send(offer(BOOT, 'none'), closed(1));
  expect([peer.state(), peer.context().epoch, peer.context().candidate]).toEqual(['sighted.answering', 2, 0]);
  peer.send(fact('OPENED', 2));
  expect(peer.state()).toBe('handshaking.authenticating');
});

it('unsigned offers replace a candidate only every other second', () => {
  const peer = activePeer();
  for (let i = 0; i < 100; i += 1) peer.send(offer(null, 'none'));
  expect(peer.context().candidate).toBe(2);
  peer.ticks(t.reofferTicks, false);
  peer.send(offer(null, 'none'));
  expect(peer.context().candidate).toBe(3);
});

it('of two first offers that cross, only one is answered, and the newest of a peer replaces its older one', () => {
  const smaller = startPeer({ offersFirst: true });
  smaller.send(announced(BOOT), offer(BOOT, 'none'));
  expect(smaller.done().filter((effect) => effect.startsWith('answer'))).toEqual([]);
  smaller.send(offer(BOOT + 1, 'none'));
  expect(smaller.done()).toContain('answer 2 key 7');
  smaller.send(offer(BOOT + 1, 'none', 8));
  expect(smaller.done()).toEqual(['close 2', 'answer 3 key 8']);
});

it('the larger id, too, keeps no socket to a peer that never answers and forgets it', () => {
  const peer = startPeer({ offersFirst: false });
  peer.send(announced(null));
  peer.clock.advance(t.offerWaitMs);
  expect(peer.done()).toContain('offer 1');
  peer.ticks(t.openTicks);
  expect(peer.done()).toContain('close 1');
  peer.ticks(t.forgetTicks);
  expect([peer.state(), peer.context().reason]).toEqual(['gone', 'forgotten']);
});

it('denied, removed and disproved peers are gone at once, with what they had', () => {
  const ends: [PeerEvent, string][] = [
    [fact('DENIED', 1), 'denied'],
    [{ type: 'REMOVE' }, 'removed'],
    [{ type: 'CLOSE' }, 'closed'],
    [{ type: 'AUTH_FAILED', epoch: 1, reason: 'bad-signature' }, 'auth-failed'],
  ];
  for (const [event, reason] of ends) {
    const peer = activePeer();
    peer.send(offer(BOOT, 'none'), event);
    expect([peer.state(), peer.context().reason]).toEqual(['gone', reason]);
    expect(peer.done()).toEqual(expect.arrayContaining(['close 1', 'close 2']));
    expect(peer.clock.pending).toBe(0);
  }
});

it('what waits behind a silence is asked for when the peer is heard again', () => {
  const peer = activePeer();
  peer.ticks(t.suspectTicks);
  peer.send(fact('FRAME', 1));
  expect(peer.done()).toEqual(['probe']);
  expect(peer.context().silentTicks).toBe(0);
});

it('a stale session asks the room for a sign of life every half minute', async () => {
  const peer = await stalePeer();
  peer.done();
  peer.ticks(3 * t.seekEveryTicks);
  expect(peer.done().filter((effect) => effect === 'seek')).toHaveLength(3);
});

it('announces are answered where that helps: new ones at once, reflections never, an active peer seldom', async () => {
  const reflections = (peer: PeerUnderTest) => peer.done().filter((effect) => effect.startsWith('reflect'));
  const stranger = startPeer();
  stranger.send(announced(null));
  expect(reflections(stranger)).toEqual(['reflect fresh']);
  const echo = startPeer();
  echo.send(announced(BOOT, true));
  expect([reflections(echo), echo.state()]).toEqual([[], 'sighted.offering']);

  const signing = activePeer();
  signing.send(announced(BOOT));
  expect(reflections(signing)).toEqual([]);

  const upstream = activePeer({ signs: false });
  upstream.ticks(t.reflectActiveTicks, false);
  for (let i = 0; i < 5; i += 1) upstream.send(announced(null));
  expect(reflections(upstream)).toEqual(['reflect']);

  const restarted = activePeer();
  restarted.send(announced(BOOT + 1));
  expect(reflections(restarted)).toEqual(['reflect fresh']);

  const stale = await stalePeer();
  stale.send(announced(BOOT));
  expect(reflections(stale)).toEqual(['reflect']);
});
