/** The demo's processes and folders: started, stopped and ended by process id, and nothing of them outlives the demo. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MeshHost } from './mesh.js';
import { NETWORK } from './node.js';
import { sleep } from './wait.js';

const PROGRAM = fileURLToPath(new URL('../main.js', import.meta.url));
const STOP_POLL_MS = 2;
const STOP_BOUND_MS = 5_000;

export class Processes implements MeshHost {
  /** Rejects when a process ends that was not told to. */
  readonly failed: Promise<never>;
  readonly #folder = mkdtempSync(join(tmpdir(), 'wakemesh-demo-'));
  readonly #running = new Map<string, ChildProcess>();
  #fail: (error: Error) => void = () => {};

  constructor() {
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => {}); // seen by whoever waits; nobody waiting is no crash
    // `exit` also runs after an uncaught error; signals are turned into one, so that there is a single way to clean up.
    process.once('exit', () => this.close());
    process.once('SIGINT', () => process.exit(130));
    process.once('SIGTERM', () => process.exit(143));
  }

  /** Returns the relay's address. */
  async startRelay(): Promise<string> {
    const relay = this.#spawn('relay', ['relay', '--port', '0'], 'pipe');
    for await (const chunk of relay.stdout!.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
      const address = /ws:\/\/[\w.:[\]]+/.exec(chunk)?.[0];
      if (address !== undefined) {
        relay.stdout!.resume(); // a relay whose reader is gone would stall on its next log line
        return address;
      }
    }
    throw new Error('the relay ended before it said where it listens');
  }

  makeHome(name: string, relay: string): void {
    mkdirSync(this.home(name));
    writeFileSync(join(this.home(name), 'config.json'), JSON.stringify(homeConfig(relay), null, 2));
  }

  home(name: string): string {
    return join(this.#folder, name);
  }

  startDaemon(name: string): void {
    const log = openSync(this.#logPath(name), 'a');
    this.#spawn(name, ['serve'], log);
    closeSync(log);
  }

  /** Resolves once the operating system says that the process is stopped. */
  async pause(name: string): Promise<void> {
    const pid = this.#pid(name);
    process.kill(pid, 'SIGSTOP');
    for (let waitedMs = 0; processState(pid) !== 'T'; waitedMs += STOP_POLL_MS) {
      if (waitedMs > STOP_BOUND_MS) throw new Error(`process ${pid} did not stop on SIGSTOP`);
      await sleep(STOP_POLL_MS);
    }
  }

  resume(name: string): void {
    process.kill(this.#pid(name), 'SIGCONT');
  }

  async kill(name: string): Promise<void> {
    const child = this.#running.get(name);
    if (child === undefined) return;
    this.#running.delete(name);
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** Ends every process, stopped ones too, and removes every file. Synchronous: also the last act before an exit. */
  close(): void {
    for (const child of this.#running.values()) child.kill('SIGKILL');
    this.#running.clear();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
  }

  #pid(name: string): number {
    const pid = this.#running.get(name)?.pid;
    if (pid === undefined) throw new Error(`${name} is not running`);
    return pid;
  }

  #logPath(name: string): string {
    return join(this.home(name), 'demo.log');
  }

  #spawn(name: string, args: string[], output: 'pipe' | number): ChildProcess {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      env: { ...process.env, MYOWNMESH_HOME: this.home(name) },
      stdio: ['ignore', output, output === 'pipe' ? 'ignore' : output],
    });
    this.#running.set(name, child);
    child.once('error', (error) => this.#fail(new Error(`${name} could not be started: ${error.message}`)));
    child.once('exit', (code, signal) => {
      if (this.#running.get(name) !== child) return; // killed on purpose
      this.#running.delete(name);
      const lastWords = output === 'pipe' ? '' : readFileSync(this.#logPath(name), 'utf8').trimEnd().split('\n').at(-1);
      this.#fail(new Error(`${name} ended unexpectedly (${signal ?? `exit code ${code}`}) ${lastWords}`.trimEnd()));
    });
    return child;
  }
}

/** Everything that would reach beyond this machine is named and off. */
function homeConfig(relay: string): object {
  return {
    version: 3,
    auto_update: { enabled: false },
    networks: [
      {
        id: NETWORK,
        network_id: NETWORK,
        signaling: { strategy: 'nostr', mdns: false, servers: [relay], public_fallback: false },
        stun_servers: [],
        turn_servers: [],
        auto_approve: true,
        wakemesh: { loopback_only: true },
      },
    ],
  };
}

/** The one-letter process state; 'T' is stopped. */
function processState(pid: number): string {
  if (process.platform === 'linux') {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.charAt(stat.lastIndexOf(')') + 2); // the program's name before it may hold anything, also blanks
  }
  return execFileSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' })
    .trim()
    .charAt(0);
}
