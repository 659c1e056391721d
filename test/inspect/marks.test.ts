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
