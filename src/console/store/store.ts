/**
 * What the views read. Messages may come by the hundred in a second: those who look are told at most every 80 ms, and
 * not at all while the page is hidden.
 */
import type { InspectMessage } from '../../inspect/messages.js';
import { apply } from './apply.js';
import { type ConsoleState, emptyState } from './state.js';

export type Link = 'connecting' | 'open' | 'lost';

export interface StorePorts {
  /** Milliseconds of a clock that runs on evenly. */
  nowMs(): number;
  /** Calls back once, soon and when there is something to paint. */
  soon(callback: () => void, afterMs: number): void;
}

const PAINT_MS = 80;

export class Store {
  state: ConsoleState = emptyState();
  link: Link = 'connecting';
  problem: string | null = null;
  /** The daemon's clock less ours, by its latest message. */
  #aheadMs = 0;
  #listeners = new Set<() => void>();
  #isAsked = false;
  #toldAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly ports: StorePorts) {}

  take(message: InspectMessage): void {
    // A recording that is played from its beginning again is no later chapter of the last time.
    if (message.type === 'wakemesh.mesh' && message.atMs < this.state.atMs && message.source === 'recording') {
      this.state = emptyState();
    }
    const before = this.state.atMs;
    apply(this.state, message);
    if (this.state.atMs !== before) this.#aheadMs = this.state.atMs - this.ports.nowMs();
    this.#changed();
  }

  setLink(link: Link): void {
    this.link = link;
    // A daemon that is connected anew tells of all its actors anew.
    if (link === 'open') this.state.actors.clear();
    this.#changed();
  }

  setProblem(problem: string): void {
    this.problem = problem;
    this.#changed();
  }

  /** The daemon's time. It stands still where nothing more comes: a recording that has ended, a daemon that is gone. */
  nowMs(): number {
    const ended = this.state.playback !== null && this.state.playback.state !== 'playing';
    return ended || this.link !== 'open' ? this.state.atMs : this.ports.nowMs() + this.#aheadMs;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    const restMs = Math.max(0, this.#toldAtMs + PAINT_MS - this.ports.nowMs());
    this.ports.soon(() => {
      this.#isAsked = false;
      this.#toldAtMs = this.ports.nowMs();
      for (const listener of this.#listeners) listener();
    }, restMs);
  }
}
