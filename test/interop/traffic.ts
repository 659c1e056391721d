/**
 * Numbered messages both ways. What counts as "back" is a message sent after the event that arrived in each direction,
 * with no gap afterwards: a daemon takes messages of admitted peers only, so both ends call each other Active then.
 */
import { sleep } from '../../src/cli/demo/wait.js';
import { CHANNEL, type Daemon, type Push } from './daemon.js';

const EVERY_MS = 20;
/** While one side is away the other still speaks now and then, as an application would: its transport must cope. */
const AWAY_EVERY_MS = 1_000;
/** A pause of this length after the first messages is another interruption. */
const GAP_MS = 1_000;
/** Watched this long after the last interruption. */
const SETTLE_MS = 10_000;
const POLL_MS = 20;

export interface Recovery {
  /** From the event to the first message of the slower direction. */
  firstMs: number;
  /** The same of the last interruption within the time watched: equal to `firstMs` when there was none. */
  settledMs: number;
}

export class Traffic {
  readonly #daemons: readonly [Daemon, Daemon];
  readonly #timer: NodeJS.Timeout;
  readonly #away = new Set<Daemon>();
  /** By receiver: arrival and sending time of each message that came since `mark`. */
  #arrivals = new Map<Daemon, { sentMs: number; atMs: number }[]>();
  #lastPostMs = 0;

  constructor(daemons: readonly [Daemon, Daemon]) {
    this.#daemons = daemons;
    for (const daemon of daemons) daemon.ears.add((push) => this.#receive(daemon, push));
    this.#timer = setInterval(() => this.#post(), EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** A stopped process is not written to: what waits in its socket would be sent after the thaw with an old stamp. */
  leave(daemon: Daemon): void {
    this.#away.add(daemon);
  }

  return(daemon: Daemon): void {
    this.#away.delete(daemon);
  }

  /** Rejects when messages do not flow both ways within `boundMs` of `eventMs`. */
  async recovered(eventMs: number, boundMs: number): Promise<Recovery> {
    for (;;) {
      const times = this.#daemons.map((daemon) => this.#flowsSince(daemon, eventMs));
      const [a, b] = times;
      if (a && b) {
        const nowMs = performance.now();
        const settledMs = Math.max(a.settledMs, b.settledMs);
        const latestMs = Math.min(a.latestMs, b.latestMs);
        const flowing = nowMs - latestMs < GAP_MS;
        if (flowing && nowMs - settledMs > SETTLE_MS) {
          return { firstMs: Math.max(a.firstMs, b.firstMs) - eventMs, settledMs: settledMs - eventMs };
        }
      }
      if (performance.now() - eventMs > boundMs + SETTLE_MS) throw new Error(this.#describeLoss(times, eventMs));
      await sleep(POLL_MS);
    }
  }

  #describeLoss(times: readonly (Flow | undefined)[], eventMs: number): string {
    const [a, b] = this.#daemons;
    const said = times.map((flow, index) => {
      const [to, from] = index === 0 ? [a, b] : [b, a];
      const what = flow ? `last heard ${Math.round(flow.latestMs - eventMs)} ms after the event` : 'nothing';
      return `${from.name} → ${to.name}: ${what}`;
    });
    return `messages do not flow: ${said.join(', ')}`;
  }

  #flowsSince(daemon: Daemon, eventMs: number): Flow | undefined {
    const arrivals = (this.#arrivals.get(daemon) ?? []).filter(({ sentMs }) => sentMs >= eventMs);
    const first = arrivals[0];
    if (!first) return undefined;
    let settledMs = first.atMs;
    for (const [index, { atMs }] of arrivals.entries()) {
      const before = arrivals[index - 1];
      if (before && atMs - before.atMs > GAP_MS) settledMs = atMs;
    }
    return { firstMs: first.atMs, settledMs, latestMs: arrivals.at(-1)?.atMs ?? first.atMs };
  }

  #post(): void {
    const nowMs = performance.now();
    if (this.#away.size > 0 && nowMs - this.#lastPostMs < AWAY_EVERY_MS) return;
    this.#lastPostMs = nowMs;
    const [a, b] = this.#daemons;
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      if (!this.#away.has(from)) from.post(to, { sentMs: nowMs });
    }
  }

  #receive(daemon: Daemon, push: Push): void {
    if (push.kind !== 'channel_inbound' || push.channel !== CHANNEL) return;
    const { sentMs } = push.payload as { sentMs: number };
    const arrivals = this.#arrivals.get(daemon) ?? [];
    this.#arrivals.set(daemon, arrivals);
    arrivals.push({ sentMs, atMs: performance.now() });
  }
}

interface Flow {
  firstMs: number;
  settledMs: number;
  latestMs: number;
}
