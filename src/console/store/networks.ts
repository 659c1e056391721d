/** Networks with their peers and relays, and what happened to each over time. */
import type { MarkMessage, MeshMessage, PeerMessage, PeerView, RelayView } from '../../inspect/messages.js';
import { pushBounded } from './bounded.js';
import { type ConsoleState, type Lane, LIMITS, type NetworkState, type Relay } from './state.js';

export function applyMesh(state: ConsoleState, message: MeshMessage): void {
  const { source, device, label, version, atMs } = message;
  Object.assign(state, { source, device, label, version });
  const before = state.networks;
  state.networks = new Map();
  for (const { id, sessionId, peers, relays } of message.networks) {
    const known = before.get(id);
    const network: NetworkState = {
      id,
      sessionId,
      peers: new Map(),
      relays: new Map(),
      own: known?.own ?? newLane(id, device, label),
      lanes: known?.lanes ?? new Map(),
      lastRecovery: known?.lastRecovery ?? null,
    };
    state.networks.set(id, network);
    for (const peer of peers) takePeer(network, peer, atMs);
    for (const relay of relays) network.relays.set(relay.url, relayAt(known?.relays.get(relay.url), relay, '', atMs));
    // While nobody looked a peer may have gone.
    for (const [id, lane] of network.lanes) {
      if (!network.peers.has(id)) endLane(lane, atMs);
    }
  }
  const roots = new Set(message.networks.map(({ sessionId }) => sessionId));
  for (const { sessionId, rootId } of state.actors.values()) if (!roots.has(rootId)) state.actors.delete(sessionId);
}

export function applyPeer(state: ConsoleState, { network: id, peer, atMs }: PeerMessage): void {
  const network = state.networks.get(id);
  if (network) takePeer(network, peer, atMs);
}

export function applyRelay(
  state: ConsoleState,
  { network: id, relay, reason, atMs }: { network: string; relay: RelayView; reason: string; atMs: number },
): void {
  const relays = state.networks.get(id)?.relays;
  relays?.set(relay.url, relayAt(relays.get(relay.url), relay, reason, atMs));
}

export function applyMark(state: ConsoleState, mark: MarkMessage): void {
  const network = state.networks.get(mark.network);
  if (network === undefined) return;
  if (mark.kind === 'wake' || mark.kind === 'announce') {
    pushBounded(network.own.marks, mark, LIMITS.marks);
    return;
  }
  const lane = network.lanes.get(mark.device);
  if (lane === undefined) return;
  if (mark.kind === 'recovery') {
    lane.last = mark;
    network.lastRecovery = mark;
    return;
  }
  if (mark.kind !== 'probe') lane.recoveries += 1;
  pushBounded(lane.marks, mark, LIMITS.marks);
}

function takePeer(network: NetworkState, peer: PeerView, atMs: number): void {
  if (peer.state === 'gone') network.peers.delete(peer.device);
  else network.peers.set(peer.device, peer);

  const lane = network.lanes.get(peer.device) ?? newLane(network.id, peer.device, peer.label);
  if (peer.label !== '') lane.label = peer.label;
  network.lanes.set(peer.device, lane);
  const { state, detail, reason } = peer;
  if (lane.spans.at(-1)?.detail !== detail)
    pushBounded(lane.spans, { fromMs: atMs, state, detail, reason }, LIMITS.spans);
  forgetLanes(network);
}

function relayAt(before: Relay | undefined, relay: RelayView, reason: string, atMs: number): Relay {
  if (before?.state === relay.state) return { ...before, reason: reason || before.reason };
  return { ...relay, reason, sinceMs: atMs };
}

const newLane = (network: string, device: string, label: string): Lane => ({
  network,
  device,
  label,
  spans: [],
  marks: [],
  recoveries: 0,
  last: null,
});

function endLane(lane: Lane, atMs: number): void {
  if (lane.spans.at(-1)?.state === 'gone') return;
  lane.spans.push({ fromMs: atMs, state: 'gone', detail: 'gone', reason: 'unseen' });
}

function forgetLanes(network: NetworkState): void {
  if (network.lanes.size <= LIMITS.lanes) return;
  const gone = [...network.lanes.keys()].find((device) => !network.peers.has(device));
  if (gone !== undefined) network.lanes.delete(gone);
}
