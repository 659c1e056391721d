/**
 * What the daemon and a viewer say to each other on the inspection socket, one JSON object per message. Runs in a
 * browser too: nothing here may import Node.
 *
 * - `@xstate.*`: the wire of @statelyai/inspect 0.7, exactly. All that Stately understands.
 * - `wakemesh.*`: what the charts do not hold. Times are milliseconds since 1970 on the daemon's wall clock.
 * - `wakemesh.request` is the only thing that a viewer says; each is answered by one `wakemesh.answer`.
 *
 * A viewer that connects is sent `wakemesh.mesh` first, then one `@xstate.actor` and `wakemesh.delays` for every live
 * machine, then what happens. It never hears of an actor before that actor's `@xstate.actor`.
 */
import { z } from 'zod';

export const INSPECT_VERSION = '0.7.2';

const text = z.string();
const atMs = z.number();
const count = z.int().nonnegative();
const network = text;
/** Bare device id. */
const device = text;

// The wire of @statelyai/inspect

const header = {
  _version: text,
  /** Milliseconds since 1970, in decimal. */
  createdAt: text,
  id: z.null(),
  /** The actor that the message is about, and the root of its system (the node of a network). */
  sessionId: text,
  rootId: text,
};
const anyEvent = z.looseObject({ type: text });
const snapshot = z.looseObject({
  status: z.enum(['active', 'done', 'error', 'stopped']),
  /** State value of a machine; absent for other actors. */
  value: z.unknown().optional(),
  context: z.unknown().optional(),
  error: z.unknown().optional(),
  output: z.unknown().optional(),
});

export const actorMessage = z.looseObject({
  type: z.literal('@xstate.actor'),
  ...header,
  name: text,
  parentId: text.optional(),
  /** JSON of the machine's config, without its context; `{"id": name}` for an actor that is no machine. */
  definition: text,
  snapshot,
});
export const eventMessage = z.looseObject({
  type: z.literal('@xstate.event'),
  ...header,
  /** The sending actor; absent when it came from outside. */
  sourceId: text.optional(),
  event: anyEvent,
});
export const snapshotMessage = z.looseObject({
  type: z.literal('@xstate.snapshot'),
  ...header,
  event: anyEvent,
  snapshot,
});

/**
 * The marker of what was left out (too much at once, or a viewer that reads too slowly): an `@xstate.event` to a node's
 * actor, so that Stately shows it too. What the lost messages would have told is told again by the next snapshots.
 */
export const DROPPED = 'inspector.dropped';
const dropped = z.object({ type: z.literal(DROPPED), count });
/** How many messages were left out before this one, when it is the marker. */
export function droppedCount(message: InspectMessage): number | undefined {
  return message.type === '@xstate.event' ? dropped.safeParse(message.event).data?.count : undefined;
}

// What the charts do not hold

export const peerState = z.enum(['sighted', 'handshaking', 'active', 'stale', 'gone']);
export const recoveredVia = z.enum(['frame', 'probe', 'restart', 'rebuild']);

export const peerView = z.object({
  device,
  /** What the peer calls itself; text of a stranger. Empty before its hello. */
  label: text,
  /** Session id of its machine. */
  sessionId: text,
  state: peerState,
  /** `active.steady`, `stale.probing`, … */
  detail: text,
  /** Why the state last changed. */
  reason: text,
  /** 0 = no session yet; grows with each rebuilt one. */
  epoch: count,
  /** `local`: host to host; `direct`: through NATs; `relayed`: over a TURN server. Null while there is no path. */
  path: z.enum(['local', 'direct', 'relayed']).nullable(),
  rttMs: z.number().nullable(),
  lastFrameAtMs: atMs.nullable(),
  /** Verification codes that two people compare: `sent` is shown on the far side too. Null before the handshake. */
  codeSent: text.nullable(),
  codeReceived: text.nullable(),
  /** Who has not approved yet, while the session waits for approval; else null. */
  waitsFor: z.enum(['us', 'them', 'both']).nullable(),
  shelvedByUs: z.boolean(),
  shelvedByThem: z.boolean(),
  pinned: z.boolean(),
  /** A Wakemesh peer; false: upstream, or not known yet. */
  signs: z.boolean(),
});
export const relayView = z.object({
  url: text,
  state: z.enum(['dialing', 'subscribing', 'admitted', 'backoff', 'closed']),
});

/** The whole picture. Sent first, and again when a network comes or goes. */
export const meshMessage = z.object({
  type: z.literal('wakemesh.mesh'),
  atMs,
  /** A recording answers no requests. */
  source: z.enum(['live', 'recording']),
  device,
  label: text,
  version: text,
  networks: z.array(
    z.object({
      id: network,
      /** Session id of its node machine, the root of all its actors. */
      sessionId: text,
      peers: z.array(peerView),
      relays: z.array(relayView),
    }),
  ),
});
/** One peer as it is now: at each change at once, and its round trip and last frame once a second. Replaces what was said of it; `gone` removes it. */
export const peerMessage = z.object({ type: z.literal('wakemesh.peer'), atMs, network, peer: peerView });
export const relayMessage = z.object({
  type: z.literal('wakemesh.relay'),
  atMs,
  network,
  relay: relayView,
  reason: text,
});

/**
 * One transition that a machine took: chart ids as in `definition`, dotted from the root (`peer.active.steady`).
 * `to` is empty for a transition without a target.
 */
export const stepMessage = z.object({
  type: z.literal('wakemesh.step'),
  atMs,
  sessionId: text,
  /** Descriptor that matched: `FRAME`, `xstate.after.PROBE.peer.active.verifying`, or '' for `always`. */
  eventType: text,
  from: text,
  to: z.array(text),
  guard: text.nullable(),
});
/** The delayed transitions that are armed in one machine; replaces what was said before, an empty list disarms. */
export const delaysMessage = z.object({
  type: z.literal('wakemesh.delays'),
  atMs,
  sessionId: text,
  armed: z.array(z.object({ eventType: text, delayMs: z.number(), dueAtMs: atMs })),
});

export const markMessage = z.discriminatedUnion('kind', [
  /** This process was away. */
  z.object({
    type: z.literal('wakemesh.mark'),
    kind: z.literal('wake'),
    atMs,
    network,
    pausedMs: z.number(),
    cause: z.enum(['frozen', 'suspended']),
  }),
  z.object({ type: z.literal('wakemesh.mark'), kind: z.literal('announce'), atMs, network, reason: text }),
  /** A session is asked whether it lives. */
  z.object({ type: z.literal('wakemesh.mark'), kind: z.literal('probe'), atMs, network, device, reason: text }),
  /** It came back as it was, `ms` after it was first doubted. */
  z.object({
    type: z.literal('wakemesh.mark'),
    kind: z.literal('revived'),
    atMs,
    network,
    device,
    ms: z.number(),
    via: recoveredVia.exclude(['rebuild']),
  }),
  /** A new session has taken its place. */
  z.object({
    type: z.literal('wakemesh.mark'),
    kind: z.literal('rebuilt'),
    atMs,
    network,
    device,
    ms: z.number(),
  }),
  /**
   * How the time of one recovery was spent; follows `revived` or `rebuilt`. `fromMs` is our thaw when we were away, else
   * the first sign of life of a silent peer (its thaw, as near as we can know), else the first doubt. A step that was not
   * needed is absent; the others are in the order in which they were passed.
   */
  z.object({
    type: z.literal('wakemesh.mark'),
    kind: z.literal('recovery'),
    atMs,
    network,
    device,
    via: recoveredVia,
    fromMs: atMs,
    steps: z.array(
      z.object({
        step: z.enum(['detect', 'announce', 'offer', 'answer', 'ice', 'dtls', 'first-frame']),
        /** When it was passed. */
        atMs,
      }),
    ),
  }),
]);

/** One line of the daemon's log, cut to 200 letters, and of its fields those that are listed. */
export const logMessage = z.object({
  type: z.literal('wakemesh.log'),
  atMs,
  level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']),
  text,
  fields: z.record(text, z.union([text, z.number(), z.boolean(), z.null()])),
});

/** Where a recording stands. `broken`: the file is damaged at `line`, all before it has been played. */
export const playbackMessage = z.object({
  type: z.literal('wakemesh.playback'),
  atMs,
  state: z.enum(['playing', 'ended', 'broken']),
  file: text,
  /** Playing time since the start, and in all as far as it is readable. */
  positionMs: z.number(),
  lengthMs: z.number(),
  line: count.optional(),
  problem: text.optional(),
});

export const answerMessage = z.object({
  type: z.literal('wakemesh.answer'),
  id: z.int(),
  ok: z.boolean(),
  /** For people; absent when it worked. */
  error: text.optional(),
});

export const inspectMessage = z.union([
  z.discriminatedUnion('type', [
    actorMessage,
    eventMessage,
    snapshotMessage,
    meshMessage,
    peerMessage,
    relayMessage,
    stepMessage,
    delaysMessage,
    logMessage,
    playbackMessage,
    answerMessage,
  ]),
  markMessage,
]);

// What a viewer may ask

const request = {
  type: z.literal('wakemesh.request'),
  /** Of the viewer's choice; the answer repeats it. */ id: z.int(),
};
export const viewerRequest = z.discriminatedUnion('op', [
  /** Rosters the device and admits its waiting session. */
  z.strictObject({ ...request, op: z.literal('approve'), network, device, label: text.max(100).optional() }),
  /** Takes the device off the roster and ends its session. */
  z.strictObject({ ...request, op: z.literal('deny'), network, device }),
]);

export type ActorMessage = z.infer<typeof actorMessage>;
export type EventMessage = z.infer<typeof eventMessage>;
export type SnapshotMessage = z.infer<typeof snapshotMessage>;
export type PeerView = z.infer<typeof peerView>;
export type RelayView = z.infer<typeof relayView>;
export type MeshMessage = z.infer<typeof meshMessage>;
export type PeerMessage = z.infer<typeof peerMessage>;
export type StepMessage = z.infer<typeof stepMessage>;
export type DelaysMessage = z.infer<typeof delaysMessage>;
export type MarkMessage = z.infer<typeof markMessage>;
export type LogMessage = z.infer<typeof logMessage>;
export type PlaybackMessage = z.infer<typeof playbackMessage>;
export type AnswerMessage = z.infer<typeof answerMessage>;
export type InspectMessage = z.infer<typeof inspectMessage>;
export type ViewerRequest = z.infer<typeof viewerRequest>;
