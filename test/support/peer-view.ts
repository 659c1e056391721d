/** A peer as the console is told of it. */
import type { PeerView } from '../../src/inspect/messages.js';

export const peerView = (device: string, more: Partial<PeerView> = {}): PeerView => ({
  device,
  label: '',
  sessionId: `x:${device}`,
  state: 'active',
  detail: 'active.steady',
  reason: 'approved',
  epoch: 1,
  path: 'local',
  rttMs: 0.5,
  lastFrameAtMs: null,
  codeSent: null,
  codeReceived: null,
  waitsFor: null,
  shelvedByUs: false,
  shelvedByThem: false,
  pinned: false,
  signs: true,
  ...more,
});
