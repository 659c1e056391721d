/** What each side saw in one round, in the order in which it was seen, with its time since the stop or the thaw. */
import type { RecoveredVia } from '../../mesh/api.js';
import type { DemoNode } from './node.js';
import type { DemoEvent } from './pushes.js';

export interface Entry {
  since: 'stop' | 'thaw';
  ms: number;
  node: string;
  what: string;
}

const MAX_ENTRIES = 10_000;
const VIA_BY_EFFORT: readonly RecoveredVia[] = ['frame', 'probe', 'restart', 'rebuild'];

export class Timeline {
  readonly entries: Entry[] = [];
  #stopWallMs = Number.POSITIVE_INFINITY;
  #thawWallMs = Number.POSITIVE_INFINITY;
  #stopped: ReadonlySet<DemoNode> = new Set();
  readonly #via = new Map<string, RecoveredVia>();
  readonly #activeWallMs = new Map<string, number>();

  constructor(
    readonly nodes: readonly DemoNode[],
    readonly print: (line: string) => void,
  ) {}

  begin(stopped: readonly DemoNode[]): void {
    this.entries.length = 0;
    this.#via.clear();
    this.#activeWallMs.clear();
    this.#stopped = new Set(stopped);
    this.#stopWallMs = Date.now();
    this.#thawWallMs = Number.POSITIVE_INFINITY;
  }

  thaw(): void {
    this.#thawWallMs = Date.now();
    this.#activeWallMs.clear();
  }

  note(node: string, what: string, wallMs: number = Date.now()): void {
    const since = wallMs < this.#thawWallMs ? 'stop' : 'thaw';
    const ms = Math.round(wallMs - (since === 'stop' ? this.#stopWallMs : this.#thawWallMs));
    if (this.entries.length < MAX_ENTRIES) this.entries.push({ since, ms, node, what });
    this.print(`  ${since} ${formatOffset(ms)}  ${node}  ${what}`);
  }

  /** `atWallMs`: the daemon's own clock; all daemons of the demo share the machine's. */
  event(node: DemoNode, event: DemoEvent, atWallMs: number): void {
    if (atWallMs < this.#stopWallMs) return; // from before the round
    const what = this.#describe(node, event, atWallMs);
    if (what !== null) this.note(node.name, what, atWallMs);
  }

  /** The most expensive way back either side took; null when neither ever thought the other silent. */
  via(a: DemoNode, b: DemoNode): RecoveredVia | null {
    const seen = [this.#via.get(key(a, b)), this.#via.get(key(b, a))];
    return VIA_BY_EFFORT.findLast((via) => seen.includes(via)) ?? null;
  }

  /** Milliseconds from the thaw (or the new start) until both sides called each other Active; null when one never did. */
  activeMs(a: DemoNode, b: DemoNode): number | null {
    const [forward, backward] = [this.#activeWallMs.get(key(a, b)), this.#activeWallMs.get(key(b, a))];
    if (forward === undefined || backward === undefined) return null;
    return Math.max(forward, backward) - this.#thawWallMs;
  }

  #describe(node: DemoNode, event: DemoEvent, atWallMs: number): string | null {
    if (event.type === 'woke') return `woke after ${seconds(event.pausedMs)} (${event.kind})`;
    if (event.type === 'announced') return `announced (${event.reason})`;
    const other = this.nodes.find((candidate) => candidate.deviceId === event.peer.deviceId);
    if (other === undefined || !(this.#stopped.has(node) || this.#stopped.has(other))) return null;
    if (event.type === 'recovered') {
      this.#via.set(key(node, other), event.via);
      return `has ${other.name} back by ${event.via}, ${Math.round(event.ms)} ms after it began to doubt`;
    }
    if (event.from === event.to) return event.to === 'stale' ? `still misses ${other.name}: ${event.reason}` : null;
    if (event.to === 'active') this.#activeWallMs.set(key(node, other), atWallMs);
    if (event.to === 'stale') {
      const { lastFrameAgoMs } = event.peer;
      const lastFrame = lastFrameAgoMs === null ? 'no frame yet' : `last frame ${seconds(lastFrameAgoMs)} ago`;
      return `suspects ${other.name}: ${event.reason} (${lastFrame})`;
    }
    return `${other.name}: ${event.from ?? 'unknown'} → ${event.to} (${event.reason})`;
  }
}

const key = (a: DemoNode, b: DemoNode) => `${a.deviceId}>${b.deviceId}`;
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

function formatOffset(ms: number): string {
  const text = Math.abs(ms) < 10_000 ? `${ms} ms` : `${(ms / 1000).toFixed(2)} s`;
  return `${ms < 0 ? '' : '+'}${text}`.padStart(10);
}
