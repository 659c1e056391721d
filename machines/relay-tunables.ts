/** Every constant of the relay machine: unit in the name, why this value, what breaks when it is much smaller or larger. */
export interface RelayTunables {
  /** A dial that is not open by then is given up: the library itself would wait for minutes (upstream: for ever). */
  connectTimeoutMs: number;
  /** A relay that has not answered our subscription by then hears nobody; replaying 500 events takes far less. */
  admissionTimeoutMs: number;
  /** Pace of our own pings on a quiet socket. Below the 30 s and more after which middle boxes forget a connection. */
  pingIntervalMs: number;
  /** Answer to a routine ping. A slow link and a busy relay need a second or two; longer leaves us deaf for longer. */
  pingTimeoutMs: number;
  /** Answer to the ping after a pause of our own. Short, as a dead socket delays everybody's recovery; a late pong still counts. */
  checkTimeoutMs: number;
  /** A session admitted and quiet this long was worth having: the backoff starts anew (upstream: 10 s). */
  stableMs: number;
  /** How long a replaced socket stays open when the relay does not confirm our announce on the new one. */
  retireTimeoutMs: number;
  /** First backoff step is twice this: 2, 4, 8, 16, 32, 60 s (upstream's series, before jitter). */
  backoffUnitMs: number;
  backoffCapMs: number;
  /** Failed attempts stop counting here: 2^6 s is beyond the cap. */
  attemptCap: number;
  /** A live socket that answers no ping is kept through this many failed replacements (about two minutes). */
  replaceAttempts: number;
}

export const relayTunables: RelayTunables = {
  connectTimeoutMs: 10_000,
  admissionTimeoutMs: 10_000,
  pingIntervalMs: 25_000,
  pingTimeoutMs: 5_000,
  checkTimeoutMs: 1_000,
  stableMs: 10_000,
  retireTimeoutMs: 2_000,
  backoffUnitMs: 1_000,
  backoffCapMs: 60_000,
  attemptCap: 6,
  replaceAttempts: 6,
};

/** Wait before the next dial, in milliseconds, without jitter; `attempt` counts from 1. */
export function relayBackoffMs(attempt: number): number {
  const { backoffUnitMs, backoffCapMs } = relayTunables;
  return Math.min(2 ** attempt * backoffUnitMs, backoffCapMs);
}
