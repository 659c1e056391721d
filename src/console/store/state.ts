/** Everything that the console knows: what the daemon said, nothing of how it is shown. */
import type {
  DelaysMessage,
  LogMessage,
  MarkMessage,
  PeerView,
  PlaybackMessage,
  RelayView,
  StepMessage,
} from '../../inspect/messages.js';

export type PeerState = PeerView['state'];
export type Recovery = Extract<MarkMessage, { kind: 'recovery' }>;
export type Step = Omit<StepMessage, 'type' | 'sessionId'>;
export type Armed = DelaysMessage['armed'][number];

export interface Actor {
  sessionId: string;
  rootId: string;
  parentId: string | null;
  name: string;
  /** JSON of its machine's config. */
  definition: string;
  status: 'active' | 'done' | 'error' | 'stopped';
  /** Paths of the states it is in, outer ones first: `active`, `active.steady`. */
  lit: string[];
  context: unknown;
  error: unknown;
  armed: Armed[];
  /** The latest transitions, oldest first. */
  steps: Step[];
  /** The latest events, oldest first. */
  events: { type: string; atMs: number }[];
}

export interface Relay extends RelayView {
  reason: string;
  sinceMs: number;
}

/** The time of one peer in one state. It ends where the next one starts. */
export interface Span {
  fromMs: number;
  state: PeerState;
  detail: string;
  reason: string;
}

/** What happened to one peer, or (marks alone) to this device itself. */
export interface Lane {
  network: string;
  device: string;
  label: string;
  spans: Span[];
  marks: MarkMessage[];
  recoveries: number;
  last: Recovery | null;
}

export interface NetworkState {
  id: string;
  sessionId: string;
  peers: Map<string, PeerView>;
  relays: Map<string, Relay>;
  /** Wakes and announces of this device. */
  own: Lane;
  /** By device; those of peers that are gone too, for a while. */
  lanes: Map<string, Lane>;
  lastRecovery: Recovery | null;
}

export interface ConsoleState {
  device: string;
  label: string;
  version: string;
  source: 'live' | 'recording' | null;
  networks: Map<string, NetworkState>;
  actors: Map<string, Actor>;
  log: LogMessage[];
  playback: PlaybackMessage | null;
  /** Messages that the daemon left out. */
  dropped: number;
  /** The daemon's clock in its latest message; 0 before the first. */
  atMs: number;
}

export const LIMITS = {
  actors: 3_000,
  endedActors: 50,
  steps: 40,
  events: 40,
  spans: 400,
  marks: 400,
  lanes: 1_500,
  log: 5_000,
} as const;

export const emptyState = (): ConsoleState => ({
  device: '',
  label: '',
  version: '',
  source: null,
  networks: new Map(),
  actors: new Map(),
  log: [],
  playback: null,
  dropped: 0,
  atMs: 0,
});
