/**
 * How long werift waits for an acknowledgement. Its own numbers are those of RFC 4960, and it takes the 40 seconds that an
 * end was stopped for a round trip, after which one lost packet costs a minute.
 */
import type { Sctp } from './internals.js';

/** RTO.Initial of RFC 9260. */
const INITIAL_SECONDS = 1;
/** As Chromium's dcSCTP has it: above the 200 ms for which an acknowledgement may be held back. */
const MIN_SECONDS = 0.4;
/** RTO.Max of RFC 9260. */
export const MAX_TIMEOUT_SECONDS = 60;
/** No path is as slow; an end was stopped meanwhile, or the wall clock, which werift reads, was set. */
const LONGEST_ROUND_TRIP_SECONDS = 4;

export function boundRoundTrip(sctp: Sctp): void {
  sctp.rto = INITIAL_SECONDS;
  const update = sctp.updateRto.bind(sctp);
  sctp.updateRto = (seconds) => {
    if (seconds < 0 || seconds > LONGEST_ROUND_TRIP_SECONDS) return;
    update(seconds);
    sctp.rto = Math.min(Math.max(sctp.srtt + 4 * sctp.rttvar, MIN_SECONDS), MAX_TIMEOUT_SECONDS);
  };
}
