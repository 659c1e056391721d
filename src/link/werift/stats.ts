/** Candidates of a connection as the link reports them. */
import type { CandidateCounts, CandidateType, LinkStats } from '../link.js';
import type { Dtls, Ice } from './internals.js';

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

export function statsOf(ice: Ice | undefined, up: Readonly<UpTimes>): LinkStats {
  const pair = ice?.nominated;
  return {
    localCandidates: count(ice?.localCandidates ?? []),
    remoteCandidates: count(ice?.remoteCandidates ?? []),
    selectedPair: pair ? { local: typeOf(pair.localCandidate.type), remote: typeOf(pair.remoteCandidate.type) } : null,
    upAtMonoMs: { ...up },
  };
}

const typeOf = (type: string): CandidateType => TYPES[type] ?? 'unknown';

function count(candidates: { type: string }[]): CandidateCounts {
  const counts: CandidateCounts = { host: 0, server_reflexive: 0, peer_reflexive: 0, relay: 0, unknown: 0 };
  for (const { type } of candidates) counts[typeOf(type)] += 1;
  return counts;
}
