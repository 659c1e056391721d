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

export const exceeds = (value: number, limit: number): boolean => limit !== 0 && value > limit;
