/** Messages of a daemon, as short as they may be. */
import { apply } from '../../src/console/store/apply.js';
import { type ConsoleState, emptyState } from '../../src/console/store/state.js';
import type { InspectMessage, PeerView } from '../../src/inspect/messages.js';
import { inspectMessage } from '../../src/inspect/messages.js';
import { peerView } from '../support/peer-view.js';

export const NETWORK = 'home';

export const mesh = (peers: PeerView[], atMs = 1_000, networks = [NETWORK]): InspectMessage => ({
  type: 'wakemesh.mesh',
  atMs,
  source: 'live',
  device: 'us',
  label: 'desk',
  version: '0.1.0',
  networks: networks.map((id) => ({
    id,
    sessionId: `root:${id}`,
    peers,
    relays: [{ url: 'ws://127.0.0.1:1/', state: 'admitted' }],
  })),
});

export const peerNow = (atMs: number, device: string, more: Partial<PeerView>): InspectMessage => ({
  type: 'wakemesh.peer',
  atMs,
  network: NETWORK,
  peer: peerView(device, more),
});

const header = (sessionId: string, atMs: number) => ({
  _version: '0.7.2',
  createdAt: String(atMs),
  id: null,
  sessionId,
  rootId: `root:${NETWORK}`,
});

export const actor = (
  sessionId: string,
  value: unknown = 'idle',
  definition = '{"id":"m","states":{"idle":{}}}',
): InspectMessage => ({
  type: '@xstate.actor',
  ...header(sessionId, 1_000),
  name: sessionId,
  definition,
  snapshot: { status: 'active', value, context: {} },
});

export const snapshot = (
  sessionId: string,
  value: unknown,
  status: 'active' | 'done' | 'error' = 'active',
  atMs = 1_000,
): InspectMessage => ({
  type: '@xstate.snapshot',
  ...header(sessionId, atMs),
  event: { type: 'E' },
  snapshot: { status, value, context: { n: 1 } },
});

export const event = (sessionId: string, sent: { type: string; [field: string]: unknown }): InspectMessage => ({
  type: '@xstate.event',
  ...header(sessionId, 1_000),
  event: sent,
});

/** What the console knows after these messages, each of which must be one that a daemon may send. */
export function told(...messages: InspectMessage[]): ConsoleState {
  const state = emptyState();
  for (const message of messages) apply(state, inspectMessage.parse(message));
  return state;
}
