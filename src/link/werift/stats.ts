/** Candidates and path of a connection as the link reports them. */
import { StunOverTurnProtocol } from 'werift';
import type { CandidateCounts, CandidateType, LinkStats, SelectedPair } from '../link.js';
import {
  type CandidatePair,
  type Dtls,
  type Ice,
  PairState,
  type Relay,
  type RemoteCandidate,
  type Socket,
} from './internals.js';

const TYPES: Record<string, CandidateType> = {
  host: 'host',
  srflx: 'server_reflexive',
  prflx: 'peer_reflexive',
  relay: 'relay',
};

type UpTimes = LinkStats['upAtMonoMs'];

export const NOT_UP: Readonly<UpTimes> = { ice: null, dtls: null };

/** The returned times are filled in as the layers come up. */
export function noteUp(ice: Ice, dtls: Dtls): Readonly<UpTimes> {
  const up: UpTimes = { ...NOT_UP };
  ice.stateChanged.subscribe((state) => {
    if (state === 'connected') up.ice = performance.now();
  });
  dtls.onStateChange.subscribe((state) => {
    if (state === 'connected') up.dtls = performance.now();
  });
  return up;
}

export function statsOf(ice: Ice | undefined, { opened, up }: { opened: boolean; up: Readonly<UpTimes> }): LinkStats {
  const pair = ice?.nominated;
  const localCandidates = count(ice?.localCandidates ?? []);
  const remoteCandidates = count(ice?.remoteCandidates ?? []);
  const isRelayed = localCandidates.relay + remoteCandidates.relay > 0;
  const checks = ice?.checkList ?? [];
  const allFailed = checks.length > 0 && checks.every(({ state }) => state === PairState.failed);
  return {
    localCandidates,
    remoteCandidates,
    selectedPair: ice && pair ? describe(pair, ice) : null,
    stranded: !opened && allFailed && !isRelayed,
    upAtMonoMs: { ...up },
  };
}

function describe({ protocol, localCandidate: local, remoteCandidate }: CandidatePair, ice: Ice): SelectedPair {
  const remote = namedBy(remoteCandidate, ice.remoteCandidates);
  return {
    local: typeOf(local.type),
    remote: typeOf(remote.type),
    localAddress: addressOf(local),
    remoteAddress: addressOf(remote),
    relay: isRelay(protocol) ? protocol.turn.transport.type : null,
  };
}

/** A check that came before the candidate that it belongs to makes a new one of it, with the same address. */
const namedBy = (found: RemoteCandidate, candidates: RemoteCandidate[]): RemoteCandidate =>
  candidates.find(({ type, host, port }) => type !== 'prflx' && host === found.host && port === found.port) ?? found;

const addressOf = ({ host, port }: { host: string; port: number }) =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** Does whatever carries this agent's path begin at an address that the machine does not have? */
export function isUprooted(ice: Ice | undefined, addresses: string[]): boolean {
  if (!ice || addresses.length === 0) return false;
  // Loopback is never lost, but what was offered on it alone leads nowhere once there is a network.
  if (ice.nominated) return isGone(ice.nominated.protocol, [...addresses, '127.0.0.1']);
  return ice.protocols.length > 0 && ice.protocols.every((socket) => isGone(socket, addresses));
}

function isGone(socket: Socket, addresses: string[]): boolean {
  const from = isRelay(socket) ? socket.beginsAt : socket.localIp;
  return from !== undefined && !addresses.includes(from);
}

const isRelay = (socket: Socket): socket is Relay => socket instanceof StunOverTurnProtocol;

const typeOf = (type: string): CandidateType => TYPES[type] ?? 'unknown';

function count(candidates: { type: string }[]): CandidateCounts {
  const counts: CandidateCounts = { host: 0, server_reflexive: 0, peer_reflexive: 0, relay: 0, unknown: 0 };
  for (const { type } of candidates) counts[typeOf(type)] += 1;
  return counts;
}
