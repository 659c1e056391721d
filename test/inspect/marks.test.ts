/** What is told of a recovery, and when. */
import { expect, it } from 'vitest';
import { Marks } from '../../src/inspect/marks.js';
import type { MarkMessage } from '../../src/inspect/messages.js';
import type { MeshEvent, PeerInfo } from '../../src/mesh/api.js';

const NETWORK = 'home';
const about = { network: NETWORK };

function watch() {
  const told: MarkMessage[] = [];
  const marks = new Marks((mark) => told.push(mark));
  const change = (atMs: number, from: string, detail: string, reason: string) => {
    const to = detail.split('.')[0];
    marks.meshTold(
      { type: 'peer', ...about, peer: { deviceId: 'p', detail } as PeerInfo, from, to, reason } as MeshEvent,
      atMs,
    );
  };
  return { told, marks, change };
}

it('a peer that answers after our own pause has a recovery that starts at the thaw', () => {
  const { told, marks, change } = watch();
  change(0, 'handshaking', 'active.steady', 'approved');
  marks.clocksRead(NETWORK, 40_000);
  marks.meshTold({ type: 'woke', ...about, pausedMs: 39_000, kind: 'frozen' }, 40_003);
  marks.peerDid(NETWORK, 'p', 'WAKE', 40_004);
  change(40_004, 'active', 'active.verifying', 'woke');
  marks.peerDid(NETWORK, 'p', 'PONG', 40_050);
  change(40_050, 'active', 'active.steady', 'answered');
  expect(told.map(({ kind }) => kind)).toEqual(['wake', 'probe', 'recovery']);
  expect(told.at(-1)).toMatchObject({
    device: 'p',
    via: 'frame',
    fromMs: 40_000,
    steps: [
      { step: 'detect', atMs: 40_003 },
      { step: 'first-frame', atMs: 40_050 },
    ],
  });
});

it('a peer that was only asked, without a pause of ours, has none', () => {
  const { told, change } = watch();
  change(0, 'handshaking', 'active.steady', 'approved');
  change(1_000, 'active', 'active.verifying', 'announced-while-silent');
  change(1_050, 'active', 'active.steady', 'answered');
  expect(told.map(({ kind }) => kind)).toEqual(['probe']);
});

it('a session that a restart renewed after our pause is told once', () => {
  const { told, marks, change } = watch();
  change(0, 'handshaking', 'active.steady', 'approved');
  marks.meshTold({ type: 'woke', ...about, pausedMs: 39_000, kind: 'frozen' }, 40_003);
  marks.peerDid(NETWORK, 'p', 'WAKE', 40_004);
  change(40_004, 'active', 'active.verifying', 'woke');
  marks.peerDid(NETWORK, 'p', 'acceptRestart', 40_020);
  change(40_050, 'active', 'active.steady', 'answered');
  marks.meshTold({ type: 'recovered', ...about, peer: { deviceId: 'p' } as PeerInfo, ms: 46, via: 'restart' }, 40_050);
  expect(told.map(({ kind }) => kind)).toEqual(['wake', 'probe', 'revived', 'recovery']);
});

it('a new session tells when its path and its encryption were up', () => {
  const { told, marks, change } = watch();
  change(0, 'handshaking', 'active.steady', 'approved');
  change(1_000, 'active', 'active.judging', 'silent');
  change(1_001, 'active', 'stale.probing', 'probe-unanswered');
  marks.peerDid(NETWORK, 'p', 'ANNOUNCED', 60_000);
  marks.peerDid(NETWORK, 'p', 'openCandidateAsOfferer', 60_010);
  marks.peerDid(NETWORK, 'p', 'ANSWERED', 60_030);
  change(60_100, 'stale', 'handshaking.awaitingApproval', 'rebuilt');
  change(60_110, 'handshaking', 'active.steady', 'approved');
  marks.layersUp(NETWORK, 'p', 60_050, 60_080);
  marks.meshTold(
    { type: 'recovered', ...about, peer: { deviceId: 'p' } as PeerInfo, ms: 59_110, via: 'rebuild' },
    60_110,
  );
  const [, recovery] = told.slice(-2);
  expect(recovery).toMatchObject({ kind: 'recovery', via: 'rebuild', fromMs: 60_000 });
  expect(recovery?.kind === 'recovery' && recovery.steps.map(({ step, atMs }) => [step, atMs])).toEqual([
    ['announce', 60_000],
    ['offer', 60_010],
    ['answer', 60_030],
    ['ice', 60_050],
    ['dtls', 60_080],
    ['first-frame', 60_110],
  ]);
});

it('the first thing that is heard of an active peer may be its fall', () => {
  const { told, marks, change } = watch();
  change(1_000, 'active', 'sighted.awaitingOffer', 'peer-restarted');
  marks.peerDid(NETWORK, 'p', 'openAsAnswerer', 1_050);
  change(1_200, 'handshaking', 'active.steady', 'approved');
  marks.meshTold({ type: 'recovered', ...about, peer: { deviceId: 'p' } as PeerInfo, ms: 200, via: 'rebuild' }, 1_200);
  expect(told.at(-1)).toMatchObject({
    kind: 'recovery',
    steps: [{ step: 'detect' }, { step: 'answer', atMs: 1_050 }, { step: 'first-frame' }],
  });
});
