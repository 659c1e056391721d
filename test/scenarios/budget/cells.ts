/** The recovery budget: what may happen to two devices, and how long they may need until messages flow both ways again. */
import { tunables as t } from '../../../machines/tunables.js';

export const FREEZE_SECONDS = [2, 5, 10, 20, 40, 60, 90, 120, 300, 600, 3_600] as const;
export const LOSSES = ['nothing', 'NAT mapping', 'peer process'] as const;
export const RELAYS = ['up', 'restarted'] as const;

export type Frozen = 'offerer' | 'answerer' | 'both';

export interface Cell {
  freezeSeconds: number;
  frozen: Frozen;
  /** What is lost meanwhile: nothing; the frozen end's mapping (both ends' mappings); the process of the other end. */
  lost: (typeof LOSSES)[number];
  /** `restarted`: down for a second, from the beginning of the freeze. */
  relay: (typeof RELAYS)[number];
}

export const RELAY_DOWN_MS = 1_000;
/** One way between any two hosts takes 5 to 7 ms. */
export const NET = { latencyMs: 5, jitterMs: 2 };
const WAY_MS = NET.latencyMs + NET.jitterMs;
/** Round trip between the two; from one by way of the relay to the other; from one to the relay and back. */
const [p, r, R] = [2 * WAY_MS, 2 * WAY_MS, 2 * WAY_MS];
/** An upgrade, a subscription, and the relay knows us. */
const RELAY_DIAL_MS = 4 * R;
/** The first wait of a relay's backoff ends so late at the latest. */
const RELAY_RETRY_MS = 2_000 * 1.15;
const SLACK_MS = 250;

/** What no engine can go below: see the terms. */
export function lowerBoundMs({ freezeSeconds, frozen, lost, relay }: Cell): number {
  const freezeMs = freezeSeconds * 1_000;
  const givenUp = frozen !== 'both' && freezeMs > t.keepTicks * t.sweepMs;
  if (lost === 'nothing' && !givenUp) return p;
  // Offer, answer and checks; or an announce, offer, answer and all handshakes.
  const exchangeMs = lost === 'NAT mapping' && !givenUp ? 2 * r + 2 * p : 3 * r + 7 * p;
  const startMs = frozen === 'both' && lost === 'peer process' ? RELAY_DIAL_MS : 0;
  if (relay === 'up') return exchangeMs + startMs;
  const awakeRetryMs = frozen === 'both' ? 0 : Math.max(0, RELAY_RETRY_MS - freezeMs);
  return exchangeMs + RELAY_DIAL_MS + awakeRetryMs;
}

export const boundMs = (lowerMs: number): number => 2 * lowerMs + t.watchMs + SLACK_MS;
