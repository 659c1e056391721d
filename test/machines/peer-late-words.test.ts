/** Words that come late, twice, out of turn or from somebody else: none of them ends or delays a verdict. */
import { expect, it } from 'vitest';
import type { PeerEvent } from '../../machines/peer-events.js';
import { tunables as t } from '../../machines/tunables.js';
import { activePeer, BOOT, type PeerUnderTest, stalePeer, startPeer } from './support/peer-host.js';

const announced = (boot: number | null): PeerEvent => ({ type: 'ANNOUNCED', boot, reflection: false });
const offer = (boot: number | null, names: 'current' | 'candidate' | 'none'): PeerEvent => ({
  type: 'OFFER',
  boot,
  names,
  key: 7,
});
const opened = (epoch: number): PeerEvent => ({ type: 'OPENED', epoch });
const closed = (epoch: number): PeerEvent => ({ type: 'CLOSED', epoch, reason: 'closed' });
const proven = (epoch: number, admit = true): PeerEvent => ({
  type: 'AUTHENTICATED',
  epoch,
  boot: BOOT,
  signs: true,
  admit,
});
const probedMs = t.probeTries * t.probeFloorMs;

const offering = () => {
  const peer = startPeer();
  peer.send(announced(BOOT));
  return peer;
};
const handshaking = () => {
  const peer = offering();
  peer.send(opened(1));
  return peer;
};
const after = async (make: () => PeerUnderTest | Promise<PeerUnderTest>, step: (peer: PeerUnderTest) => void) => {
  const peer = await make();
  step(peer);
  return peer;
};

/** A peer in each state of the chart that lasts. */
const STATES: Record<string, () => Promise<PeerUnderTest> | PeerUnderTest> = {
  'sighted.placeholder': () => startPeer(),
  'sighted.awaitingOffer': () =>
    after(
      () => startPeer({ offersFirst: false }),
      (peer) => peer.send(announced(BOOT)),
    ),
  'sighted.offering': offering,
  'sighted.answering': () => after(startPeer, (peer) => peer.send(offer(BOOT, 'none'))),
  'sighted.redialing': () => after(activePeer, (peer) => peer.send(closed(1))),
  'handshaking.authenticating': handshaking,
  'handshaking.awaitingApproval': () => after(handshaking, (peer) => peer.send(proven(1, false))),
  'active.steady': () => activePeer(),
  'active.shelved': () => after(activePeer, (peer) => peer.send({ type: 'SHAPED', dials: false, keeps: false })),
  'active.verifying': () => after(activePeer, (peer) => peer.send({ type: 'WAKE' })),
  'active.judging': () =>
    after(
      () => activePeer({ turns: false }),
      (peer) => peer.ticks(t.staleTicks),
    ),
  'stale.probing': () => stalePeer(),
  'stale.yielding': () =>
    after(
      () => stalePeer({ offersFirst: false }),
      (peer) => {
        peer.send(announced(BOOT));
        peer.clock.advance(probedMs);
      },
    ),
  'stale.restarting': () =>
    after(stalePeer, (peer) => {
      peer.send(announced(BOOT));
      peer.clock.advance(probedMs);
    }),
  'stale.rebuilding': () => after(stalePeer, (peer) => peer.send({ type: 'RESTART_REFUSED', epoch: 1 })),
  'stale.holding': () => after(stalePeer, (peer) => peer.clock.advance(probedMs)),
};
const inEach = Object.keys(STATES);
const inEachWithSession = inEach.filter((state) => /^(handshaking|active|stale)/.test(state));

async function peerIn(state: string): Promise<PeerUnderTest> {
  const peer = await STATES[state]!();
  expect(peer.state()).toBe(state);
  peer.done();
  return peer;
}

it.each(inEach)('facts of another session change nothing in %s', async (state) => {
  const peer = await peerIn(state);
  const before = structuredClone(peer.context());
  for (const epoch of [0, 99]) {
    const facts: PeerEvent[] = [
      opened(epoch),
      closed(epoch),
      proven(epoch),
      { type: 'CONSENT_LOST', epoch },
      { type: 'PATH_ALIVE', epoch },
      { type: 'FRAME', epoch },
      { type: 'PONG', epoch, rttMs: 5 },
      { type: 'AUTH_FAILED', epoch, reason: 'late' },
      { type: 'THEY_APPROVED', epoch },
      { type: 'APPROVE_SENT', epoch },
      { type: 'THEY_SHELVED', epoch, shelved: true },
      { type: 'SHELVING_SENT', epoch, shelved: true },
      { type: 'DENIED', epoch },
      { type: 'VIOLATED', epoch },
      { type: 'ANSWERED', epoch },
      { type: 'RESTART_REFUSED', epoch },
    ];
    peer.send(...facts);
  }
  expect([peer.state(), peer.context(), peer.done()]).toEqual([state, before, []]);
});

it.each(inEachWithSession)('a signed newer boot id clears the session in %s', async (state) => {
  const dialled = await peerIn(state);
  dialled.send(announced(BOOT + 1));
  expect(dialled.done()).toContain('close 1');
  expect(dialled.context()).toMatchObject({ sessionBoot: expect.any(Number), candidate: 0, boot: BOOT + 1 });
  expect(dialled.state()).toMatch(
    state === 'active.shelved' ? /^sighted\.placeholder$/ : /^sighted\.(offering|awaitingOffer)$/,
  );

  const answered = await peerIn(state);
  answered.send(offer(BOOT + 1, 'none'));
  expect(answered.done()).toContain('close 1');
  expect([answered.state(), answered.context().sessionBoot]).toEqual(['sighted.answering', BOOT + 1]);
});

it.each(inEachWithSession)(
  'no unsigned announce or offer and no older boot id ends the session in %s',
  async (state) => {
    const peer = await peerIn(state);
    peer.send(
      announced(null),
      offer(null, 'none'),
      offer(null, 'candidate'),
      announced(BOOT - 1),
      offer(BOOT - 1, 'none'),
    );
    expect(peer.context().epoch).toBe(1);
    expect(peer.done()).not.toContain('close 1');
  },
);

it.each(inEachWithSession)(
  'a leave ends the session in %s when it is signed and names the boot id, not else',
  async (state) => {
    const other = await peerIn(state);
    other.send({ type: 'LEFT', boot: BOOT - 1 }, { type: 'LEFT', boot: BOOT + 1 }, { type: 'LEFT', boot: null });
    expect(other.context().epoch).toBe(1);
    const own = await peerIn(state);
    own.send({ type: 'LEFT', boot: BOOT });
    expect([own.state(), own.context().reason]).toEqual(['gone', 'left']);
  },
);

it.each(inEach.filter((state) => state.startsWith('stale')))(
  'a frame brings the session back from %s',
  async (state) => {
    const peer = await peerIn(state);
    peer.send({ type: 'FRAME', epoch: 1 });
    expect([peer.state(), peer.context().epoch, peer.context().repair]).toEqual(['active.steady', 1, null]);
    expect(peer.done().some((effect) => effect.startsWith('recovered by'))).toBe(true);
  },
);

it.each(['sighted.offering', 'sighted.answering'])('the leave of an earlier process leaves %s alone', async (state) => {
  const peer = await peerIn(state);
  peer.send({ type: 'LEFT', boot: BOOT - 1 });
  expect(peer.state()).toBe(state);
});

it.each([
  ['announces', announced(null)],
  ['leaves', { type: 'LEFT', boot: null }],
  ['restart offers', offer(null, 'current')],
] as [string, PeerEvent][])(
  'a flood of forged %s does not put off the verdict on a silent session',
  async (_, forged) => {
    const peer = activePeer();
    peer.ticks(t.suspectTicks);
    for (let tick = t.suspectTicks; tick < t.staleTicks; tick += 1) {
      for (let part = 0; part < 10; part += 1) {
        if (peer.state().startsWith('active')) peer.send(forged);
        peer.clock.advance(t.sweepMs / 10);
      }
      peer.ticks(1);
    }
    await peer.turn();
    expect(peer.state()).not.toMatch(/^active/);
  },
);
