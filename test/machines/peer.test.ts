import { describe, expect, it } from 'vitest';
import type { PeerEvent } from '../../machines/peer-events.js';
import { tunables as t } from '../../machines/tunables.js';
import { activePeer, BOOT, type PeerUnderTest, stalePeer, startPeer } from './support/peer-host.js';

const announced = (boot: number | null, reflection = false): PeerEvent => ({ type: 'ANNOUNCED', boot, reflection });
const offer = (boot: number | null, names: 'current' | 'candidate' | 'none', key = 7): PeerEvent => ({
  type: 'OFFER',
  boot,
  names,
  key,
});
const verifyMs = t.verifyPings * t.probeFloorMs;

describe('zombie clearing', () => {
  it('a signed newer boot id clears a live session at once, on announce and on offer', async () => {
    for (const make of [async () => activePeer(), () => stalePeer()]) {
      const onAnnounce = await make();
      onAnnounce.send(announced(BOOT + 1));
      expect(onAnnounce.done()).toContain('close 1');
      expect(onAnnounce.state()).toBe('sighted.offering');
      const onOffer = await make();
      onOffer.send(offer(BOOT + 1, 'none'));
      expect(onOffer.done()).toEqual(['close 1', 'answer 2 key 7']);
      expect(onOffer.state()).toBe('sighted.answering');
    }
  });

  it('recently active is left alone, never heard is left alone, under repair is left alone', async () => {
    const recent = activePeer();
    recent.send(announced(BOOT));
    expect([recent.state(), recent.done()]).toEqual(['active.steady', []]);

    const neverHeard = startPeer();
    neverHeard.send(announced(BOOT), announced(BOOT));
    expect(neverHeard.state()).toBe('sighted.offering');
    expect(neverHeard.done().filter((effect) => effect.startsWith('close'))).toEqual([]);

    const repaired = await stalePeer();
    repaired.send(announced(BOOT));
    repaired.clock.advance(t.probeTries * t.probeFloorMs);
    expect(repaired.state()).toBe('stale.restarting');
    repaired.send(announced(BOOT), announced(null));
    expect(repaired.state()).toBe('stale.restarting');
  });

  it('silent beyond the suspicion: an announce starts a probe, and only its failure makes the session stale', async () => {
    const peer = activePeer();
    peer.ticks(t.suspectTicks);
    peer.send(announced(null));
    expect(peer.state()).toBe('active.verifying');
    peer.clock.advance(verifyMs);
    await peer.turn();
    expect(peer.state()).toBe('stale.probing');
    expect(peer.done().filter((effect) => effect === 'ping').length).toBeGreaterThanOrEqual(t.verifyPings);
    peer.send({ type: 'FRAME', epoch: 1 });
    expect(peer.state()).toBe('active.steady');
    expect(peer.context().epoch).toBe(1);
  });

  it('an older boot id clears nothing', () => {
    const peer = activePeer();
    peer.send(announced(BOOT - 1), offer(BOOT - 1, 'none'));
    expect(peer.context().epoch).toBe(1);
    expect(peer.done()).not.toContain('close 1');
  });
});

describe('leave', () => {
  it('signed and naming the boot id ends the session; naming another one only starts a probe', () => {
    const left = activePeer();
    left.send({ type: 'LEFT', boot: BOOT });
    expect(left.state()).toBe('gone');
    const other = activePeer();
    other.send({ type: 'LEFT', boot: BOOT - 1 });
    expect(other.state()).toBe('active.verifying');
  });

  it('unsigned: a probe, and the session falls only when that fails within 2 s', async () => {
    const answered = activePeer({ signs: false });
    answered.send({ type: 'LEFT', boot: null });
    answered.send({ type: 'FRAME', epoch: 1 }, { type: 'PONG', epoch: 1, rttMs: 1 });
    answered.clock.advance(5_000);
    await answered.turn();
    expect(answered.state()).toBe('active.steady');

    const silent = activePeer({ signs: false });
    silent.send({ type: 'LEFT', boot: null });
    silent.clock.advance(t.leaveProbeMs - 1);
    await silent.turn();
    expect(silent.state()).toBe('active.verifying');
    silent.clock.advance(1);
    await silent.turn();
    expect(silent.state()).toBe('gone');
  });
});

describe('offers beside a session', () => {
  it('a new fingerprint is answered in a candidate; the swap waits for its proof', () => {
    const peer = activePeer();
    peer.send(offer(BOOT, 'none'));
    expect(peer.done()).toEqual(['answer beside 2 key 7', 'ping', 'probe']);
    expect(peer.context().epoch).toBe(1);
    peer.send({ type: 'OPENED', epoch: 2 });
    expect(peer.done()).toEqual(['hello 2']);
    peer.send({ type: 'AUTHENTICATED', epoch: 2, boot: BOOT, signs: true, admit: true });
    expect(peer.done()).toEqual(['close 1', 'approve 2']);
    expect([peer.state(), peer.context().epoch]).toEqual(['handshaking.awaitingApproval', 2]);
  });

  it('a candidate that fails or never authenticates changes nothing', () => {
    const failed = activePeer();
    failed.send(offer(null, 'none'), { type: 'AUTH_FAILED', epoch: 2, reason: 'bad-signature' });
    expect([failed.context().epoch, failed.context().candidate]).toEqual([1, 0]);
    const late = activePeer();
    late.send(offer(null, 'none'));
    late.ticks(t.candidateTicks, false);
    expect([late.context().epoch, late.context().candidate]).toEqual([1, 0]);
    expect(late.done()).toContain('close 2');
  });

  it('a candidate takes over when the current channel closes', () => {
    const peer = activePeer();
    peer.send(offer(BOOT, 'none'), { type: 'OPENED', epoch: 2 }, { type: 'CLOSED', epoch: 1, reason: 'closed' });
    expect([peer.state(), peer.context().epoch]).toEqual(['handshaking.authenticating', 2]);
  });

  it('an unsigned in-place restart waits for the probe to fail; a signed one is applied at once', async () => {
    const unsigned = activePeer();
    unsigned.send(offer(null, 'current'));
    expect(unsigned.done()).not.toContain('accept restart key 7');
    unsigned.clock.advance(verifyMs);
    await unsigned.turn();
    expect(unsigned.done()).toContain('accept restart key 7');

    const alive = activePeer();
    alive.send(offer(null, 'current'), { type: 'FRAME', epoch: 1 });
    alive.clock.advance(10_000);
    await alive.turn();
    expect(alive.done()).not.toContain('accept restart key 7');

    const signed = activePeer();
    signed.send(offer(BOOT, 'current'));
    expect(signed.done()).toContain('accept restart key 7');
  });
});

describe('glare', () => {
  it('the offer of the smaller id wins', () => {
    const smaller = startPeer({ offersFirst: true });
    smaller.send(announced(BOOT));
    smaller.send(offer(BOOT, 'none'));
    expect(smaller.state()).toBe('sighted.offering');
    const larger = startPeer({ offersFirst: false });
    larger.send({ type: 'DIAL' }, offer(BOOT, 'none'));
    expect(larger.state()).toBe('sighted.answering');
  });

  it('the larger id offers when no offer comes', () => {
    const peer = startPeer({ offersFirst: false });
    peer.send(announced(BOOT));
    expect(peer.state()).toBe('sighted.awaitingOffer');
    peer.clock.advance(t.offerWaitMs);
    expect(peer.state()).toBe('sighted.offering');
  });

  it('of two restarts the one of the smaller id stands, and it stands for a while', async () => {
    const smaller = await stalePeer({ offersFirst: true });
    smaller.send(announced(BOOT));
    smaller.clock.advance(t.probeTries * t.probeFloorMs);
    smaller.done();
    smaller.send(offer(BOOT, 'current'));
    expect(smaller.done()).toEqual([]);
    smaller.send({ type: 'ANSWERED', epoch: 1 });
    smaller.clock.advance(t.restartMs);
    expect(smaller.state()).toBe('stale.holding');

    const larger = await stalePeer({ offersFirst: false });
    larger.send(announced(BOOT));
    larger.clock.advance(t.probeTries * t.probeFloorMs);
    expect(larger.state()).toBe('stale.yielding');
    larger.send(offer(BOOT, 'current'));
    expect(larger.done()).toContain('accept restart key 7');
    larger.send(announced(BOOT));
    larger.clock.advance(60_000);
    expect(larger.state()).toBe('stale.holding');
  });
});

describe('stale', () => {
  it('is reached within 12 s, kept 15 minutes, and no longer', async () => {
    const peer = activePeer();
    peer.ticks(t.staleTicks);
    await peer.turn();
    expect(peer.state()).toBe('stale.probing');
    expect((t.staleTicks + 2) * t.sweepMs).toBeLessThanOrEqual(12_000);
    peer.ticks(t.keepTicks - 1);
    expect(peer.state()).not.toBe('gone');
    peer.ticks(1);
    expect(peer.state()).toBe('gone');
    expect(peer.done()).toContain('close 1');
  });

  it('a frame brings it back from every substate, in the same session', async () => {
    const into: ((peer: PeerUnderTest) => void)[] = [
      () => {},
      (peer) => peer.clock.advance(10_000), // holding
      (peer) => {
        peer.send(announced(BOOT));
        peer.clock.advance(t.probeTries * t.probeFloorMs); // restarting
      },
      (peer) => peer.send({ type: 'RESTART_REFUSED', epoch: 1 }), // rebuilding
    ];
    for (const go of into) {
      const peer = await stalePeer();
      go(peer);
      peer.send({ type: 'FRAME', epoch: 1 });
      expect([peer.state(), peer.context().epoch]).toEqual(['active.steady', 1]);
    }
  });

  it('three unanswered restarts, then a fresh connection beside the old one', async () => {
    const peer = await stalePeer();
    peer.send({ type: 'WAKE' });
    peer.clock.advance(t.probeTries * t.probeFloorMs);
    peer.clock.advance(t.restartTries * t.restartMs);
    expect(peer.state()).toBe('stale.rebuilding');
    expect(peer.done().filter((effect) => effect === 'restart')).toHaveLength(t.restartTries);
    expect([peer.context().epoch, peer.context().candidate]).toEqual([1, 2]);
  });

  it('without a sign of life nothing is restarted: a frozen peer keeps its path', async () => {
    const peer = await stalePeer();
    peer.clock.advance(300_000);
    expect(peer.state()).toBe('stale.holding');
    expect(peer.done()).not.toContain('restart');
  });
});

describe('own pause', () => {
  it('rebases silence and pings; nobody is judged before the sockets were read', async () => {
    const peer = activePeer();
    peer.ticks(t.staleTicks - 1);
    peer.done();
    peer.send({ type: 'WAKE' });
    expect([peer.state(), peer.context().silentTicks]).toEqual(['active.verifying', 0]);
    expect(peer.done()).toEqual(['ping', 'probe']);
    peer.clock.advance(60_000); // timers that a second pause made late
    expect(peer.state()).toBe('active.judging');
    peer.send({ type: 'FRAME', epoch: 1 });
    await peer.turn();
    expect(peer.state()).toBe('active.steady');
  });
});

describe('handshake', () => {
  const opened = () => {
    const peer = startPeer();
    peer.send(offer(BOOT, 'none'), { type: 'OPENED', epoch: 1 });
    return peer;
  };

  it('repeats its hello at 5, 12 and 22 s and gives up at 30', () => {
    const peer = opened();
    const at: number[] = [];
    peer.done();
    for (let tick = 1; tick < t.handshakeTicks; tick += 1) {
      peer.ticks(1);
      if (peer.done().includes('hello 1')) at.push(tick);
    }
    expect(at).toEqual([5, 12, 22]);
    expect(peer.state()).toBe('handshaking.authenticating');
    peer.ticks(1);
    expect(peer.state()).toBe('sighted.placeholder');
  });

  it('is active only when both approved and the peer has proven its key', () => {
    const early = opened();
    early.send({ type: 'THEY_APPROVED', epoch: 1 }, { type: 'APPROVE_SENT', epoch: 1 });
    expect(early.state()).toBe('handshaking.authenticating');
    early.send({ type: 'AUTHENTICATED', epoch: 1, boot: BOOT, signs: true, admit: false });
    expect(early.state()).toBe('handshaking.awaitingApproval');
    early.send({ type: 'APPROVE' });
    expect(early.done()).toContain('approve 1');
    early.send({ type: 'APPROVE_SENT', epoch: 1 });
    expect(early.state()).toBe('active.steady');
    early.send({ type: 'AUTHENTICATED', epoch: 1, boot: BOOT, signs: true, admit: true });
    expect(early.state()).toBe('active.steady');
  });

  it('waits for a human as long as the path lives, and not longer', () => {
    const peer = opened();
    peer.send({ type: 'AUTHENTICATED', epoch: 1, boot: BOOT, signs: true, admit: false });
    peer.ticks(3_000);
    expect(peer.state()).toBe('handshaking.awaitingApproval');
    peer.send({ type: 'CONSENT_LOST', epoch: 1 }, { type: 'PATH_ALIVE', epoch: 1 });
    peer.ticks(20);
    expect(peer.state()).toBe('handshaking.awaitingApproval');
    peer.send({ type: 'CONSENT_LOST', epoch: 1 });
    peer.ticks(t.staleTicks);
    expect(peer.state()).toBe('sighted.placeholder');
  });
});

describe('bounds', () => {
  it('a sighted id that never answers costs no socket after 15 s and is forgotten after 30', () => {
    const peer = startPeer();
    peer.send(announced(null));
    peer.ticks(t.openTicks);
    expect(peer.done()).toContain('close 1');
    peer.ticks(30 - t.openTicks);
    expect(peer.state()).toBe('gone');
  });

  it('a peer that was active is dialled again with growing waits, then forgotten', () => {
    const peer = activePeer();
    peer.send({ type: 'CLOSED', epoch: 1, reason: 'closed' });
    expect(peer.state()).toBe('sighted.redialing');
    let dials = 0;
    for (let tick = 0; tick < 400 && peer.state() !== 'gone'; tick += 1) {
      peer.ticks(1);
      dials += peer.done().filter((effect) => effect.startsWith('offer')).length;
    }
    expect(dials).toBe(t.redialTicks.length);
    expect(peer.state()).toBe('gone');
  });

  it('facts of another session change nothing, in any state', async () => {
    const late = (epoch: number): PeerEvent[] => [
      { type: 'OPENED', epoch },
      { type: 'CLOSED', epoch, reason: 'x' },
      { type: 'CONSENT_LOST', epoch },
      { type: 'PATH_ALIVE', epoch },
      { type: 'FRAME', epoch },
      { type: 'PONG', epoch, rttMs: 5 },
      { type: 'AUTHENTICATED', epoch, boot: BOOT, signs: true, admit: true },
      { type: 'AUTH_FAILED', epoch, reason: 'x' },
      { type: 'THEY_APPROVED', epoch },
      { type: 'APPROVE_SENT', epoch },
      { type: 'DENIED', epoch },
      { type: 'VIOLATED', epoch },
      { type: 'ANSWERED', epoch },
      { type: 'RESTART_REFUSED', epoch },
    ];
    for (const peer of [startPeer(), activePeer(), await stalePeer()]) {
      const before = [peer.state(), JSON.stringify(peer.context())];
      peer.send(...late(99));
      expect([peer.state(), JSON.stringify(peer.context())]).toEqual(before);
      expect(peer.done()).toEqual([]);
    }
  });
});
