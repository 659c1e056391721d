/** A mesh of many peers that change all the time, as a source for the inspection server: more than this machine could run. */
import type { AnyStateMachine } from 'xstate';
import { nodeMachine, peerMachine } from '../../../machines/index.js';
import type { InspectMessage, PeerView } from '../../../src/inspect/messages.js';
import type { Source, Viewer } from '../../../src/inspect/source.js';
import { peerView } from '../../support/peer-view.js';

const NETWORK = 'crowd';
const ROOT = 'x:0';
const DETAILS = ['active.steady', 'active.verifying', 'stale.probing', 'stale.holding', 'sighted.offering'];

export class Crowd implements Source {
  readonly peers: PeerView[];

  /** Each viewer sees `changesPerSecond` changes of state in all, and every round trip once a second, as a daemon tells them. */
  constructor(
    count: number,
    readonly changesPerSecond: number,
  ) {
    this.peers = Array.from({ length: count }, (_, n) => newPeer(n));
  }

  connect(viewer: Viewer): () => void {
    const tell = (message: InspectMessage) => viewer.send(JSON.stringify(message));
    const atMs = Date.now();
    tell({
      type: 'wakemesh.mesh',
      atMs,
      source: 'live',
      device: 'us',
      label: 'desk',
      version: '0.0.0',
      networks: [{ id: NETWORK, sessionId: ROOT, peers: this.peers, relays: [] }],
    });
    tell(actor(ROOT, 'node', nodeMachine, { attention: 'watching', cadence: 'steady' }));
    for (const { device, sessionId, detail } of this.peers)
      tell(actor(sessionId, device, peerMachine, stateValue(detail)));
    let turn = 0;
    const changes = setInterval(() => this.#change(turn++, tell), 1_000 / this.changesPerSecond);
    const readings = setInterval(() => this.#read(tell), 1_000);
    return () => {
      clearInterval(changes);
      clearInterval(readings);
    };
  }

  async answer(): Promise<void> {
    throw new Error('nobody is here');
  }

  #change(turn: number, tell: (message: InspectMessage) => void): void {
    const atMs = Date.now();
    const peer = this.peers[(turn * 7) % this.peers.length]!;
    const from = peer.detail;
    peer.detail = DETAILS[(DETAILS.indexOf(from) + 1) % DETAILS.length]!;
    peer.state = peer.detail.split('.')[0] as PeerView['state'];
    const { sessionId, device, detail } = peer;
    const about = { type: 'wakemesh.mark', atMs, network: NETWORK, device } as const;
    tell({ type: '@xstate.event', ...header(sessionId), event: { type: 'FRAME' } });
    tell({
      type: 'wakemesh.step',
      atMs,
      sessionId,
      eventType: 'FRAME',
      from: `peer.${from}`,
      to: [`peer.${detail}`],
      guard: null,
    });
    tell({
      type: '@xstate.snapshot',
      ...header(sessionId),
      event: { type: 'FRAME' },
      snapshot: snapshot(stateValue(detail)),
    });
    tell({ type: 'wakemesh.peer', atMs, network: NETWORK, peer });
    tell({ type: 'wakemesh.log', atMs, level: 'info', text: `peer ${peer.state}`, fields: { peer: device, detail } });
    if (detail === 'stale.probing') tell({ ...about, kind: 'probe', reason: 'silent' });
    if (detail === 'active.steady') tell({ ...about, kind: 'revived', ms: 300, via: 'frame' });
  }

  #read(tell: (message: InspectMessage) => void): void {
    const atMs = Date.now();
    for (const peer of this.peers) {
      peer.rttMs = ((peer.rttMs ?? 0) % 90) + 1;
      peer.lastFrameAtMs = atMs;
      tell({ type: 'wakemesh.peer', atMs, network: NETWORK, peer });
    }
  }
}

const stateValue = (detail: string) => Object.fromEntries([detail.split('.')]);
const snapshot = (value: unknown) => ({
  status: 'active' as const,
  value,
  context: { silentTicks: 0, reason: 'frame' },
});
const header = (sessionId: string) => ({
  _version: '0.7.2',
  createdAt: String(Date.now()),
  id: null,
  sessionId,
  rootId: ROOT,
});
const actor = (sessionId: string, name: string, machine: AnyStateMachine, value: unknown): InspectMessage => ({
  type: '@xstate.actor',
  ...header(sessionId),
  name,
  definition: JSON.stringify(machine.config, (_, part) => (typeof part === 'function' ? { type: part.name } : part)),
  snapshot: snapshot(value),
});

const newPeer = (n: number): PeerView =>
  peerView(`${String(n).padStart(3, '0')}${'abcdefgh'.repeat(7)}`.slice(0, 52), {
    label: `device ${n}`,
    sessionId: `x:${n + 1}`,
    path: (['local', 'direct', 'relayed'] as const)[n % 3]!,
    rttMs: n % 90,
  });
