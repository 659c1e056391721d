/**
 * Every constant of the peer and node machines: unit in the name, why this value, and what it must hold against others.
 * The relations are checked by `checkTunables` when a mesh starts, because a threshold below its heartbeat is how the
 * first release of the protocol we speak killed healthy idle links.
 */
export interface Tunables {
  /** One sweep counts one tick of silence for every peer that said nothing since the last one. 1 s: stale in ≤ 12 s. */
  sweepMs: number;
  /** Ticks of silence after which we ping, and again at each multiple. 3: two pings are lost before a peer is Stale. */
  pingEveryTicks: number;
  /** Ticks of silence that make an active peer Stale. 9 s plus a sweep and a judgement stay below the promised 12 s. */
  staleTicks: number;
  /** An announce or offer of a peer that was silent this long starts a probe; a recently active one is left alone. */
  suspectTicks: number;
  /** How often the node looks at its clocks. 250 ms: a pause is noticed within a quarter of a second. */
  watchMs: number;
  /** How often the node looks at its addresses: with half a round of it on average a change is noticed within a second. */
  addressWatchMs: number;
  /** After a wake, paths whose address is gone wait this long for a relay: its check takes a second, a dial less. */
  renewWaitMs: number;
  /** So late a look is a wake: every stop of 2 s, as the look was due up to watchMs after it began. Shorter ones are usual. */
  pauseMs: number;
  /** Wakes this close together share one announce and one relay check (a starved host wakes every few seconds). */
  wakeCoalesceMs: number;
  /** Shortest wait for the answer to a probe: above any LAN round trip and a short stall of the other event loop. */
  probeFloorMs: number;
  /** Longest wait: a slower path than 500 ms round trip is not worth waiting for longer. */
  probeCapMs: number;
  /** Probes follow the link: this many smoothed round trips, between floor and cap. */
  probeRtts: number;
  /** Pings that must go unanswered before a suspicion becomes a judgement. At least two: one may be lost. */
  verifyPings: number;
  /** The same for an upstream peer, whose session cannot be revived in place: more is lost by a hasty verdict. */
  upstreamPings: number;
  /** Upstream closes its channel within 250 ms of its leave. A channel that is still there after this time stays. */
  partingMs: number;
  /** A thawed upstream peer offers twice within 15 ms and takes any answer for that of the second: its first one waits. */
  answerHoldMs: number;
  /** Upstream answers an offer within milliseconds, or not at all while it waits for an answer itself. Doubled each time. */
  answerWaitMs: number;
  /** How often an unanswered offer to an upstream peer that we know is made again, with a leave before it. */
  answerTries: number;
  /** Probes of a stale session before something stronger is tried. */
  probeTries: number;
  /** A departure that nobody signed: the session falls when its probe is not answered within this time. */
  leaveProbeMs: number;
  /** Pace of the probes of a kept session: what a healed path waits at most. */
  holdMs: number;
  /** The same pace towards a peer that shows no sign of life: it must work off every probe before anything newer. */
  holdFrozenMs: number;
  /** One in-place restart gets this long: offer, answer and one round of checks take about 50 ms, a lossy path more. */
  restartMs: number;
  /** Ticks that a completed restart gets before another one: its checks go on, and the path may need time to heal. */
  renewedTicks: number;
  /** Restarts in a row before a fresh connection is built beside the old one. */
  restartTries: number;
  /** While a session stays silent, the room is asked again after this many ticks whether the peer lives. */
  seekEveryTicks: number;
  /** A stale session is kept this many ticks (15 min): a closed lid, a paused container. */
  keepTicks: number;
  /** A channel that has not opened after this many ticks never will. */
  openTicks: number;
  /** A candidate session must have authenticated by then. */
  candidateTicks: number;
  /** A candidate to an upstream peer that is not open by then is given up when the peer announces itself again. */
  stuckTicks: number;
  /** Ticks at which an unanswered hello is repeated (upstream: 5, then 7, then 10 s later). */
  helloRetryTicks: readonly number[];
  /** A handshake that has not authenticated by then is dropped (upstream: 30 s). */
  handshakeTicks: number;
  /** The larger id lets the smaller one offer first, this long. One relay hop is a few ms to a few 100 ms. */
  offerWaitMs: number;
  /** Ticks between two offers to a peer that does not answer (upstream: 2 s). */
  reofferTicks: number;
  /** Waits, in ticks, before each redial of a peer that was active and fell. After the last it is forgotten. */
  redialTicks: readonly number[];
  /** A sighted peer with nothing open is forgotten after this many ticks; its next announce brings it back. */
  forgetTicks: number;
  /** The same for a peer that we do not dial. Above two cadences of any node: those that are there stay known. */
  sightTicks: number;
  /** A link that both ends have shelved closes this many ticks after we shelved it: a shape that swings back finds it. */
  pruneTicks: number;
  /** An unmarked announce of an active peer is answered once in this many ticks: upstream's reflections carry no mark. */
  reflectActiveTicks: number;
  /** Second announce after the start: whoever missed the first one. */
  firstAnnounceMs: number;
  /** Steady announce cadence, before jitter (upstream's relays replay 120 s of presence). */
  steadyAnnounceMs: number;
  /** Jitter of the cadence, as a fraction either way: nodes that booted together drift apart. */
  announceJitter: number;
  /** Floor between two announces of a network, whatever asks for them. */
  announceCooldownMs: number;
  /** Announces per cooldown that may pass the floor because they answer a device or boot id not seen before. */
  freshAnnounces: number;
  /** A call is answered within this time, or each part of a streamed answer. Upstream's callers wait for ever. */
  callLimitMs: number;
  /** A handler that has not answered by then is answered for. Long, since a model may load first. */
  handlerLimitMs: number;
  /** A reliable message that is not acknowledged by then has failed (upstream: 60 s). */
  deliveryLimitMs: number;
  /** A device that sent us away, or broke the protocol, is left alone this long (upstream's evicted devices: 600 s). */
  shunMs: number;
}

export const tunables: Tunables = {
  sweepMs: 1_000,
  pingEveryTicks: 3,
  staleTicks: 9,
  suspectTicks: 2,
  watchMs: 250,
  addressWatchMs: 1_000,
  renewWaitMs: 2_000,
  pauseMs: 1_750,
  wakeCoalesceMs: 5_000,
  probeFloorMs: 250,
  probeCapMs: 2_000,
  probeRtts: 4,
  verifyPings: 2,
  upstreamPings: 4,
  partingMs: 500,
  answerHoldMs: 30,
  answerWaitMs: 1_000,
  answerTries: 3,
  probeTries: 4,
  leaveProbeMs: 2_000,
  holdMs: 1_000,
  holdFrozenMs: 5_000,
  restartMs: 1_500,
  renewedTicks: 20,
  restartTries: 3,
  seekEveryTicks: 30,
  keepTicks: 900,
  openTicks: 15,
  candidateTicks: 15,
  stuckTicks: 4,
  helloRetryTicks: [5, 12, 22],
  handshakeTicks: 30,
  offerWaitMs: 400,
  reofferTicks: 2,
  redialTicks: [1, 2, 4, 8, 15, 15],
  forgetTicks: 15,
  sightTicks: 300,
  pruneTicks: 5,
  reflectActiveTicks: 30,
  firstAnnounceMs: 30_000,
  steadyAnnounceMs: 120_000,
  announceJitter: 0.15,
  announceCooldownMs: 1_000,
  freshAnnounces: 5,
  callLimitMs: 60_000,
  handlerLimitMs: 600_000,
  deliveryLimitMs: 60_000,
  shunMs: 600_000,
};

/** One line per broken relation; empty when the values fit together. */
export function checkTunables(t: Tunables): string[] {
  const heartbeatMs = t.pingEveryTicks * t.sweepMs;
  const staleMs = t.staleTicks * t.sweepMs;
  const slackMs = t.probeCapMs + t.sweepMs;
  const relations: [holds: boolean, broken: string][] = [
    [
      staleMs > heartbeatMs + slackMs,
      `staleTicks: ${staleMs} ms must exceed heartbeat ${heartbeatMs} + slack ${slackMs} ms`,
    ],
    [t.staleTicks >= 2 * t.pingEveryTicks, 'staleTicks: at least two pings must be lost before a peer is stale'],
    [staleMs + 3 * t.sweepMs <= 12_000, 'staleTicks: a frozen peer must be stale within 12 s'],
    [t.suspectTicks < t.pingEveryTicks, 'suspectTicks: must be below pingEveryTicks'],
    [t.watchMs <= 500, 'watchMs: a wake must be noticed within 500 ms'],
    [t.pauseMs >= 4 * t.watchMs, 'pauseMs: a late timer of a busy process is not a wake (at least 4 × watchMs)'],
    [t.probeFloorMs > 0 && t.probeFloorMs <= t.probeCapMs, 'probeFloorMs: must be positive and at most probeCapMs'],
    [t.verifyPings >= 2, 'verifyPings: one lost ping must not be a verdict'],
    [t.leaveProbeMs <= 2_000, 'leaveProbeMs: an unsigned leave is decided within 2 s'],
    [t.holdMs <= 1_000, 'holdMs: a healed path must not wait longer than 1 s for our probe'],
    [t.openTicks + t.forgetTicks <= 30, 'openTicks + forgetTicks: a sighted id that never answers is gone after 30 s'],
    [t.keepTicks * t.sweepMs <= 15 * 60_000, 'keepTicks: a stale session is kept 15 min at most'],
    [t.reofferTicks < t.openTicks, 'reofferTicks: must be below openTicks'],
    [
      t.sightTicks * t.sweepMs > 2 * t.steadyAnnounceMs * (1 + t.announceJitter),
      'sightTicks: a peer must be able to announce itself twice before it is forgotten',
    ],
    [t.announceJitter >= 0 && t.announceJitter < 1, 'announceJitter: must be in [0, 1)'],
  ];
  return relations.filter(([holds]) => !holds).map(([, broken]) => broken);
}

/** Waits for the answer of a probe, from the smoothed round trip (null: not measured yet). */
export function probeMs(t: Tunables, rttMs: number | null): number {
  return Math.min(t.probeCapMs, Math.max(t.probeFloorMs, t.probeRtts * (rttMs ?? 0)));
}

/** The connection to one relay. */
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
  /** Frames that one relay may get at once. Relays of this protocol drop the 51st without a word, then the socket. */
  frameBurst: number;
  /** Pace after the burst: 40 a second where relays allow 50; the margin is for the difference of two clocks. */
  frameIntervalMs: number;
  /** Frames that may wait in each of two lanes; the oldest gives way. Beyond ten seconds nobody wants them any more. */
  frameLane: number;
  /** No configured relay admits us at this many polls in a row: the public ones are asked too (upstream: 21 s). */
  fallbackPolls: number;
  fallbackPollMs: number;
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
  frameBurst: 40,
  frameIntervalMs: 25,
  frameLane: 256,
  fallbackPolls: 7,
  fallbackPollMs: 3_000,
};

/** Wait before the next dial, in milliseconds, without jitter; `attempt` counts from 1. */
export function relayBackoffMs(attempt: number): number {
  const { backoffUnitMs, backoffCapMs } = relayTunables;
  return Math.min(2 ** attempt * backoffUnitMs, backoffCapMs);
}

/** Presence and exchange on the local network. */
export interface LanTunables {
  /** One tick of age for what is known, for connections and dials. */
  tickMs: number;
  /** First wait between two questions; it doubles with each. */
  askUnitMs: number;
  /** Questions until the wait grows no more: then one in about two minutes, as often as we announce on relays. */
  askSteps: number;
  /** Between two unasked advertisements (RFC 6762: at least a second). */
  advertiseAgainMs: number;
  /** Upper end of the random wait before an answer, since many are asked at once (RFC 6762: 20 to 120 ms). */
  answerDelayMs: number;
  /** The same is not said again within this time, whoever asks (RFC 6762: a second). */
  answerRestMs: number;
  /** Every known neighbour is told of again: who failed to connect tries anew (upstream: 60 s). */
  resurfaceMs: number;
  /** Before another attempt to open what could not be opened (upstream: 60 s). */
  retryMs: number;
  /** A dial gets this many ticks; a neighbour answers within milliseconds (upstream: 2 s). */
  dialTicks: number;
  /** Addresses of one neighbour that are dialled at a time. */
  parallelDials: number;
  /** Ticks during which an address that failed so many times is not dialled unless there is no other. */
  coolTicks: readonly number[];
  /** Nothing written for so many ticks: we close our half (upstream: 30 s). */
  writerIdleTicks: number;
  /** Nothing read for so many ticks: the connection is closed (upstream: 120 s). */
  readerIdleTicks: number;
  /** What is known of a neighbour without its port or address is asked for at these ticks, and forgotten at the last. */
  incompleteTicks: readonly number[];
}

export const lanTunables: LanTunables = {
  tickMs: 1_000,
  askUnitMs: 1_000,
  askSteps: 8,
  advertiseAgainMs: 1_000,
  answerDelayMs: 120,
  answerRestMs: 1_000,
  resurfaceMs: 60_000,
  retryMs: 60_000,
  dialTicks: 2,
  parallelDials: 2,
  coolTicks: [1, 2, 5, 15, 30, 60],
  writerIdleTicks: 30,
  readerIdleTicks: 120,
  incompleteTicks: [1, 2, 4, 8],
};

/** Wait after question number `asked` (from 1), in milliseconds: 1, 2, 4 … 64, 128, 128 s. */
export function lanAskDelayMs(asked: number): number {
  return 2 ** (asked - 1) * lanTunables.askUnitMs;
}
