/** Child processes of the runner: started with a log, stopped, continued and ended by their id. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { sleep } from '../../src/cli/demo/wait.js';

const STOP_POLL_MS = 2;

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL'); // ends a stopped one too
});

export class Process {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(command: readonly string[], log: string, env: NodeJS.ProcessEnv = process.env) {
    const [program = '', ...args] = command;
    const output = openSync(log, 'a');
    const child = spawn(program, args, { env, stdio: ['ignore', output, output] });
    closeSync(output);
    running.add(child);
    this.#child = child;
    this.#ended = once(child, 'exit').finally(() => running.delete(child));
    this.#ended.catch(() => {}); // a program that cannot be started: whoever waits for its socket says so
  }

  /** 0: it could not be started. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isRunning(): boolean {
    return running.has(this.#child) && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves when it has ended. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (!this.isRunning) return;
    this.#child.kill(signal);
    await this.#ended;
  }

  /** Resolves when the operating system says that it is stopped. */
  async freeze(): Promise<void> {
    this.#child.kill('SIGSTOP');
    while (this.isRunning && stateOf(this.#child.pid as number) !== 'T') await sleep(STOP_POLL_MS);
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }
}

/** One letter; the program's name before it may hold anything. */
function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.charAt(stat.lastIndexOf(')') + 2);
}
