/**
 * Wakes, announces, probes and recoveries of one mesh as marks on a timeline, and how the time of each recovery was
 * spent. Fed with what the actors and the mesh tell while somebody watches; it decides nothing.
 */
import type { MeshEvent } from '../mesh/api.js';
import { isCalm } from '../mesh/peer-state.js';
import type { MarkMessage } from './messages.js';

type Recovery = Extract<MarkMessage, { kind: 'recovery' }>;
type Step = Recovery['steps'][number]['step'];
type PeerNews = Extract<MeshEvent, { type: 'peer' }>;
type RecoveredNews = Extract<MeshEvent, { type: 'recovered' }>;

/** A peer that is doubted, until it is calm again. */
interface Episode {
  doubtedAtMs: number;
  /** Fell silent beyond doubt: what ends this is the peer's own thaw. */
  wasStale: boolean;
  signOfLifeAtMs: number | null;
  /** Our own thaw, and when we knew of it. */
  thaw: Thaw | null;
  steps: Map<Step, number>;
  isOver: boolean;
}

interface Thaw {
  fromMs: number;
  knownAtMs: number;
}

/** An event or an effect of the peer chart that passes a step. */
const STEPS: Record<string, Step> = {
  ANNOUNCED: 'announce',
  OFFER: 'offer',
  openAsOfferer: 'offer',
  openCandidateAsOfferer: 'offer',
  restart: 'offer',
  ANSWERED: 'answer',
  openAsAnswerer: 'answer',
  openCandidateAsAnswerer: 'answer',
  acceptRestart: 'answer',
  PATH_ALIVE: 'ice',
};
const SIGNS_OF_LIFE = new Set(['ANNOUNCED', 'OFFER', 'ANSWERED', 'PATH_ALIVE', 'FRAME', 'PONG']);
const ASKING = new Set(['active.verifying', 'stale.probing']);

export class Marks {
  readonly #emit: (mark: MarkMessage) => void;
  readonly #episodes = new Map<string, Episode>();
  readonly #details = new Map<string, string>();
  /** By network: when its clocks were last read, which is when a late timer first ran after a thaw. */
  readonly #clocksReadAtMs = new Map<string, number>();
  readonly #thaws = new Map<string, Thaw>();

  constructor(emit: (mark: MarkMessage) => void) {
    this.#emit = emit;
  }

  clocksRead(network: string, atMs: number): void {
    this.#clocksReadAtMs.set(network, atMs);
  }

  /** `what`: the type of an event that the peer's machine is given, or of an effect that it asks for. */
  peerDid(network: string, device: string, what: string, atMs: number): void {
    const episode = this.#episodes.get(key(network, device));
    if (!episode || episode.isOver) return;
    if (what === 'WAKE') episode.thaw = this.#thaws.get(network) ?? null;
    if (SIGNS_OF_LIFE.has(what)) episode.signOfLifeAtMs ??= atMs;
    const step = STEPS[what];
    if (step) episode.steps.set(step, atMs);
  }

  /** When path and encryption of a new session were up, null where nobody knows; told before its recovery. */
  layersUp(network: string, device: string, iceAtMs: number | null, dtlsAtMs: number | null): void {
    const steps = this.#episodes.get(key(network, device))?.steps;
    if (iceAtMs !== null) steps?.set('ice', iceAtMs);
    if (dtlsAtMs !== null) steps?.set('dtls', dtlsAtMs);
  }

  meshTold(event: MeshEvent, atMs: number): void {
    const { network } = event;
    const about = { type: 'wakemesh.mark', atMs, network } as const;
    switch (event.type) {
      case 'woke': {
        this.#thaws.set(network, { fromMs: this.#clocksReadAtMs.get(network) ?? atMs, knownAtMs: atMs });
        return this.#emit({ ...about, kind: 'wake', pausedMs: event.pausedMs, cause: event.kind });
      }
      case 'announced':
        for (const [name, { isOver, steps }] of this.#episodes) {
          if (!isOver && name.startsWith(`${network} `) && !steps.has('announce')) steps.set('announce', atMs);
        }
        return this.#emit({ ...about, kind: 'announce', reason: event.reason });
      case 'peer':
        return this.#peerChanged(event, atMs);
      case 'recovered':
        return this.#recovered(event, atMs);
    }
  }

  #peerChanged({ network, peer: { deviceId: device, detail }, from, to, reason }: PeerNews, atMs: number): void {
    const name = key(network, device);
    const before = this.#details.get(name);
    // Nobody has told us of a peer that was active and stayed so since we look.
    const wasCalm = before === undefined ? from === 'active' : isCalm(before);
    if (to === 'gone') {
      this.#details.delete(name);
      this.#episodes.delete(name);
      return;
    }
    this.#details.set(name, detail);
    // The WAKE that makes us doubt a calm peer came before there was an episode.
    const thaw = (reason === 'woke' && this.#thaws.get(network)) || null;
    if (wasCalm && !isCalm(detail)) this.#episodes.set(name, newEpisode(atMs, thaw));
    const episode = this.#episodes.get(name);
    if (episode && to === 'stale') episode.wasStale = true;
    if (episode) episode.isOver = isCalm(detail);
    if (episode?.isOver && from === 'active' && to === 'active')
      this.#answeredAfterThaw(network, device, episode, atMs);
    if (ASKING.has(detail)) this.#emit({ type: 'wakemesh.mark', kind: 'probe', atMs, network, device, reason });
  }

  /** The peer was asked after our own pause and answered: no `recovered`, since it was never beyond doubt. */
  #answeredAfterThaw(network: string, device: string, episode: Episode, atMs: number): void {
    if (episode.thaw === null || episode.steps.has('answer')) return; // a session that was renewed is told as `recovered`
    this.#episodes.delete(key(network, device));
    this.#emit({
      type: 'wakemesh.mark',
      atMs,
      network,
      device,
      kind: 'recovery',
      via: 'frame',
      ...spent(episode, atMs),
    });
  }

  #recovered({ network, peer, ms, via }: RecoveredNews, atMs: number): void {
    const about = { type: 'wakemesh.mark', atMs, network, device: peer.deviceId } as const;
    if (via === 'rebuild') this.#emit({ ...about, kind: 'rebuilt', ms });
    else this.#emit({ ...about, kind: 'revived', ms, via });
    const name = key(network, peer.deviceId);
    const episode = this.#episodes.get(name) ?? newEpisode(atMs - ms);
    this.#episodes.delete(name);
    this.#emit({ ...about, kind: 'recovery', via, ...spent(episode, atMs) });
  }
}

const key = (network: string, device: string) => `${network} ${device}`;

function newEpisode(doubtedAtMs: number, thaw: Thaw | null = null): Episode {
  return { doubtedAtMs, wasStale: false, signOfLifeAtMs: null, thaw, steps: new Map(), isOver: false };
}

function spent({ doubtedAtMs, wasStale, signOfLifeAtMs, thaw, steps }: Episode, atMs: number) {
  const fromMs = thaw?.fromMs ?? (wasStale ? signOfLifeAtMs : null) ?? doubtedAtMs;
  const passed: [Step, number][] = [['detect', thaw?.knownAtMs ?? doubtedAtMs], ...steps, ['first-frame', atMs]];
  return {
    fromMs,
    steps: passed
      .filter(([, passedAtMs]) => passedAtMs >= fromMs)
      .map(([step, passedAtMs]) => ({ step, atMs: passedAtMs }))
      .sort((a, b) => a.atMs - b.atMs),
  };
}
