/** The relay under load: a program of its own, so that what it costs can be told from what the nodes cost. */
import { readFileSync } from 'node:fs';
import { sleep } from '../../src/cli/demo/wait.js';
import { Process } from '../interop/process.js';
import { accepts, freePort } from '../support/ports.js';

const POLL_MS = 20;
const LISTEN_BOUND_MS = 30_000;
/** Of `/proc/<pid>/stat`: the same on all Linux machines. */
const TICKS_PER_SECOND = 100;

export class RelayProcess {
  readonly #command: readonly string[];
  readonly #port: number;
  #process: Process;

  private constructor(command: readonly string[], port: number) {
    this.#command = command.map((part) => part.replaceAll('{port}', String(port)));
    this.#port = port;
    this.#process = this.#spawn();
  }

  /** `command` has `{port}` where the port belongs. Resolves when it listens on 127.0.0.1. */
  static async start(command: readonly string[]): Promise<RelayProcess> {
    const relay = new RelayProcess(command, await freePort());
    await relay.#listens();
    return relay;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  /** Seconds of CPU since it was started; 0 where the system does not say. */
  get cpuSeconds(): number {
    try {
      const stat = readFileSync(`/proc/${this.#process.pid}/stat`, 'utf8');
      const [user, system] = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 13);
      return (Number(user) + Number(system)) / TICKS_PER_SECOND;
    } catch {
      return 0;
    }
  }

  async restart(): Promise<void> {
    await this.end();
    this.#process = this.#spawn();
    await this.#listens();
  }

  end(): Promise<void> {
    return this.#process.end('SIGKILL');
  }

  #spawn(): Process {
    return new Process(this.#command, '/dev/null');
  }

  async #listens(): Promise<void> {
    const giveUpAtMs = performance.now() + LISTEN_BOUND_MS;
    while (!(await accepts(this.#port))) {
      if (!this.#process.isRunning) throw new Error(`the relay ended: ${this.#command.join(' ')}`);
      if (performance.now() > giveUpAtMs) throw new Error(`the relay does not listen on port ${this.#port}`);
      await sleep(POLL_MS);
    }
  }
}
