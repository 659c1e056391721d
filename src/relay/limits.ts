/** What one client may ask of the relay. Defaults are upstream's; 0 lifts a limit. */
export interface RelayLimits {
  /** EVENT frames per second and socket; excess is dropped and counts as a strike. */
  maxEventRate: number;
  /** REQ frames per second and socket; as above. */
  maxReqRate: number;
  /** Open subscriptions per socket; another one is refused. */
  maxSubscriptions: number;
  /** Filters beyond this many are ignored. */
  maxFiltersPerReq: number;
  /** UTF-8 bytes of a frame; a larger one is dropped and counts as a strike. */
  maxMessageBytes: number;
  /** Sockets per client address. */
  maxConnectionsPerIp: number;
}

export const DEFAULT_LIMITS: RelayLimits = {
  maxEventRate: 50,
  maxReqRate: 20,
  maxSubscriptions: 64,
  maxFiltersPerReq: 16,
  maxMessageBytes: 65_536,
  maxConnectionsPerIp: 64,
};

/** A socket is closed when it exceeds this many. Strikes do not decay. */
export const MAX_STRIKES = 50;

/** Starts full, holds one second's worth. */
export class TokenBucket {
  readonly #rate: number;
  readonly #nowMs: () => number;
  #tokens: number;
  #filledMs: number;

  /** `rate` tokens per second; 0 means that there is no limit. */
  constructor(rate: number, nowMs: () => number) {
    this.#rate = rate;
    this.#nowMs = nowMs;
    this.#tokens = rate;
    this.#filledMs = nowMs();
  }

  take(): boolean {
    if (this.#rate === 0) return true;
    const nowMs = this.#nowMs();
    this.#tokens = Math.min(this.#rate, this.#tokens + ((nowMs - this.#filledMs) / 1000) * this.#rate);
    this.#filledMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

export const exceeds = (value: number, limit: number): boolean => limit !== 0 && value > limit;
