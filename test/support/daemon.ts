/** Real daemons for tests: spawned from `dist`, in throw-away homes, driven through their control socket. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const PROGRAM = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const READY_BOUND_MS = 20_000;
const POLL_MS = 10;

export interface Answer {
  ok: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into many shapes
  data?: any;
  error?: string;
}
// biome-ignore lint/suspicious/noExplicitAny: tests look into many shapes
export type Push = any;

const children = new Set<ChildProcess>();
const folders = new Set<string>();

/** Ends every process and removes every folder made here. For `afterEach` or `afterAll`. */
export async function cleanUp(): Promise<void> {
  const ends = [...children].map(async (child) => {
    child.kill('SIGKILL'); // also ends a stopped one
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  await Promise.all(ends);
  children.clear();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
  folders.clear();
}

/** An empty home folder, or one with this config.json (an object, or the text as it is). */
export function newHome(config?: unknown): string {
  const home = join(mkdtempSync(join(tmpdir(), 'wakemesh-test-')), 'home');
  folders.add(join(home, '..'));
  mkdirSync(home);
  if (config !== undefined) {
    writeFileSync(join(home, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config));
  }
  return home;
}

/** A loopback network that contacts `relay` alone. */
export function networkConfig(id: string, relay: string, more: object = {}): object {
  return {
    id,
    network_id: id,
    signaling: { mdns: false, servers: [relay], public_fallback: false },
    stun_servers: [],
    turn_servers: [],
    auto_approve: true,
    wakemesh: { loopback_only: true },
    ...more,
  };
}

export interface Program {
  child: ChildProcess;
  pid: number;
  /** What it has written so far. */
  stdout: () => string;
  stderr: () => string;
  /** Exit code, or the signal that ended it. */
  exited: Promise<number | NodeJS.Signals>;
  /** Resolves with the output once it holds `text`. Rejects when the program ends before that. */
  said(text: string | RegExp): Promise<string>;
}

/** Starts the program with these arguments. `home` becomes `MYOWNMESH_HOME`. */
export function startProgram(args: string[], options: { home?: string; env?: NodeJS.ProcessEnv } = {}): Program {
  const { MYOWNMESH_HOME: _, npm_lifecycle_event: __, npm_command: ___, ...inherited } = process.env;
  const env = { ...inherited, ...(options.home !== undefined && { MYOWNMESH_HOME: options.home }), ...options.env };
  const child = spawn(process.execPath, [PROGRAM, ...args], { env, stdio: 'pipe' });
  children.add(child);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  child.stdin.on('error', () => {}); // the program may end before it has read everything
  const exited = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  return {
    child,
    pid: child.pid as number,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    exited,
    async said(text) {
      const has = () => (typeof text === 'string' ? output.stdout.includes(text) : text.test(output.stdout));
      while (!has()) {
        const ended = await Promise.race([exited, once(child.stdout, 'data').then(() => undefined)]);
        if (ended !== undefined && !has())
          throw new Error(`ended (${ended}) without ${text}: ${JSON.stringify(output)}`);
      }
      return output.stdout;
    },
  };
}

/** Runs the program to its end. */
export async function runProgram(
  args: string[],
  options: { home?: string; env?: NodeJS.ProcessEnv; input?: string } = {},
): Promise<{ code: number | NodeJS.Signals; stdout: string; stderr: string }> {
  const program = startProgram(args, options);
  program.child.stdin?.end(options.input ?? '');
  const code = await program.exited;
  return { code, stdout: program.stdout(), stderr: program.stderr() };
}

export interface DaemonProcess extends Program {
  home: string;
  /** One request on a connection of its own. */
  control(request: object | string): Promise<Answer>;
  /** `data` of the answer; rejects with the error text when refused. */
  ask(op: string, fields?: object): Promise<Answer['data']>;
  /** Subscribes, and yields every push; `clientId` is there when the promise resolves. */
  events(): Promise<EventStream>;
  /** The records of its log. */
  logs(): { level: number; msg: string; [key: string]: unknown }[];
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | NodeJS.Signals>;
}

export interface EventStream extends AsyncIterableIterator<Push> {
  clientId: string;
  /** The first push (from now on) that fits. Rejects when the daemon goes away. */
  find(fits: (push: Push) => boolean): Promise<Push>;
  close(): void;
}

export interface DaemonSpec {
  home?: string;
  config?: unknown;
  env?: NodeJS.ProcessEnv;
  args?: string[];
}

/** Resolves when the daemon answers on its socket. Rejects with its output when it ends instead. */
export async function startDaemon({ home, config, env, args = ['serve'] }: DaemonSpec = {}): Promise<DaemonProcess> {
  const root = home ?? newHome(config);
  if (home !== undefined && config !== undefined) writeFileSync(join(home, 'config.json'), JSON.stringify(config));
  const program = startProgram(args, { home: root, ...(env && { env }) });
  const socket = socketPath(root);
  const control = (request: object | string) => requestOnce(socket, request);
  const ready = async () => {
    for (const giveUpAt = performance.now() + READY_BOUND_MS; ; await sleep(POLL_MS)) {
      try {
        const { data } = await control({ op: 'status' });
        if (data?.wakemesh?.pid === program.pid) return undefined;
      } catch (error) {
        if (performance.now() > giveUpAt) throw error;
      }
    }
  };
  const ended = await Promise.race([program.exited, ready()]);
  if (ended !== undefined) throw new Error(`the daemon ended (${ended}): ${program.stdout()}${program.stderr()}`);
  return {
    ...program,
    home: root,
    control,
    async ask(op, fields = {}) {
      const answer = await control({ op, ...fields });
      if (!answer.ok) throw new Error(answer.error);
      return answer.data;
    },
    events: () => subscribe(socket),
    logs: () =>
      program
        .stdout()
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line)),
    kill: (signal) => program.child.kill(signal),
    stop() {
      program.child.kill('SIGTERM');
      return program.exited;
    },
  };
}

function socketPath(home: string): string {
  try {
    const config = JSON.parse(readFileSync(join(home, 'config.json'), 'utf8'));
    return config.daemon?.control_socket ?? join(home, 'daemon.sock');
  } catch {
    return join(home, 'daemon.sock');
  }
}

/** Writes one line and returns the first answer. */
export async function requestOnce(path: string, request: object | string): Promise<Answer> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    socket.write(`${typeof request === 'string' ? request : JSON.stringify(request)}\n`);
    for await (const line of createInterface({ input: socket })) return JSON.parse(line);
    throw new Error('the daemon closed the connection without an answer');
  } finally {
    socket.destroy();
  }
}

async function subscribe(path: string): Promise<EventStream> {
  const socket = connect(path);
  await once(socket, 'connect');
  socket.on('error', () => {}); // the stream ends, and whoever waits is told
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const next = async (): Promise<IteratorResult<Push>> => {
    const { value, done } = await lines.next();
    return done ? { value: undefined, done: true } : { value: JSON.parse(value), done: false };
  };
  socket.write('{"op":"events_subscribe"}\n');
  const { value: ack } = await next();
  const stream: EventStream = {
    clientId: ack.data.client_id,
    next,
    [Symbol.asyncIterator]: () => stream,
    async find(fits) {
      for (;;) {
        const { value, done } = await next();
        if (done) throw new Error('the daemon went away');
        if (fits(value)) return value;
      }
    },
    close: () => socket.destroy(),
  };
  return stream;
}
