/** One authenticated connectivity check on a pair, outside werift's own rounds: the pair's state stays as it is. */
import type { CandidatePair, Ice } from './internals.js';

/** The far end answers at once or not at all. */
const ANSWER_MS = 3_000;

/** Rejects when it is not answered. werift takes the answer only from that address and with integrity. */
export async function oneCheck(ice: Ice, pair: CandidatePair): Promise<void> {
  const request = ice.buildRequest({
    nominate: false,
    localUsername: ice.localUsername,
    remoteUsername: ice.remoteUsername,
    iceControlling: ice.iceControlling,
    localCandidate: pair.localCandidate,
  });
  const key = Buffer.from(ice.remotePassword, 'utf8');
  await pair.protocol.request(request, pair.remoteAddr, key, { retransmissions: 0, responseTimeout: ANSWER_MS });
}
