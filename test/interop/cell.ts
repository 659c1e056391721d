/** One cell of the matrix: a relay of its own and two daemons, in a folder that goes when the cell is done. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '../../src/cli/demo/wait.js';
import { DEFAULT_APP_ID, roomHandle } from '../../src/signaling/room.js';
import { Daemon, type PeerView, type Push, twoKeys } from './daemon.js';
import type { Kind, Pair } from './options.js';
import { Relay } from './relay.js';
import { Timeline } from './timeline.js';

const ACTIVE_POLL_MS = 5;

export interface Commands {
  daemons: Record<Kind, readonly string[]>;
  relay: readonly string[];
}

export class Cell {
  private constructor(
    readonly relay: Relay,
    /** In the order of their ids. */
    readonly daemons: readonly [smaller: Daemon, larger: Daemon],
    readonly folder: string,
    readonly timeline: Timeline,
  ) {}

  /** The relay runs; the daemons have homes and wait to be started. `log(name)` is where a process writes. */
  static async make(
    commands: Commands,
    pair: Pair,
    { name, autoApprove, log }: { name: string; autoApprove: boolean; log: ((process: string) => string) | null },
  ): Promise<Cell> {
    const folder = mkdtempSync(join(tmpdir(), 'wakemesh-interop-'));
    const logOf = log ?? ((process: string) => join(folder, `${process}.log`));
    const room = roomHandle(DEFAULT_APP_ID, name);
    const timeline = new Timeline(log?.('timeline') ?? null);
    const relay = await Relay.start(commands.relay, room, logOf('relay'), timeline);
    const keys = twoKeys();
    const daemon = (index: 0 | 1) => {
      const title = `${pair[index]}-${index === 0 ? 'smaller' : 'larger'}`;
      const command = commands.daemons[pair[index]];
      const key = keys[index];
      return new Daemon({
        name: title,
        command,
        folder,
        log: logOf(title),
        key,
        network: name,
        relay: relay.url,
        autoApprove,
      });
    };
    const daemons = [daemon(0), daemon(1)] as const;
    for (const one of daemons) {
      timeline.note(one.name, one.id);
      one.ears.add((push) => {
        if (push.kind !== 'channel_inbound') timeline.note(one.name, summary(push));
      });
    }
    return new Cell(relay, daemons, folder, timeline);
  }

  other(daemon: Daemon): Daemon {
    return this.daemons[0] === daemon ? this.daemons[1] : this.daemons[0];
  }

  /** Resolves with the time at which both sides call each other active. */
  async bothActive(boundMs: number): Promise<number> {
    const [a, b] = this.daemons;
    const giveUpAtMs = performance.now() + boundMs;
    for (;;) {
      const [ofA, ofB] = await Promise.all([a.peer(b), b.peer(a)]);
      if (ofA?.status === 'active' && ofB?.status === 'active') return performance.now();
      if (performance.now() > giveUpAtMs) {
        throw new Error(
          `not active: ${a.name} says ${ofA?.status ?? 'unknown'}, ${b.name} ${ofB?.status ?? 'unknown'}`,
        );
      }
      await sleep(ACTIVE_POLL_MS);
    }
  }

  /** Resolves with the time at which `one` sees `other` so. */
  async sees(
    one: Daemon,
    other: Daemon,
    fits: (peer: PeerView | undefined) => boolean,
    boundMs: number,
  ): Promise<number> {
    for (const giveUpAtMs = performance.now() + boundMs; ; await sleep(ACTIVE_POLL_MS)) {
      const peer = await one.peer(other);
      if (fits(peer)) return performance.now();
      if (performance.now() > giveUpAtMs) throw new Error(`${one.name} sees ${other.name} as ${JSON.stringify(peer)}`);
    }
  }

  /** Resolves with the time at which `one` no longer calls `other` active. */
  seesGone(one: Daemon, other: Daemon, boundMs: number): Promise<number> {
    return this.sees(one, other, (peer) => peer?.status !== 'active', boundMs);
  }

  async close(): Promise<void> {
    await Promise.all([...this.daemons.map((daemon) => daemon.end('SIGKILL')), this.relay.end()]);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
  }
}

/** An event of ours in one line; any other push as it is. */
function summary(push: Push): object {
  const { type, peer, ...event } = (push.event ?? {}) as { type?: string; peer?: { detail: string; epoch: number } };
  if (push.kind !== 'wakemesh') return push;
  return { type, ...event, ...(peer && { detail: peer.detail, epoch: peer.epoch }) };
}
