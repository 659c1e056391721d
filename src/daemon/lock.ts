/**
 * One daemon per home: two processes with one device key would take each other's sessions down. The lock is a name the
 * kernel holds for the process and drops when it dies, so there is no stale lock, no reused pid and no takeover race.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { codeOf, DaemonError } from './errors.js';
import type { Home } from './home.js';

export interface HomeLock {
  release(): Promise<void>;
}

/** Rejects with a `DaemonError` naming the holder's pid when the home is in use. */
export async function lockHome(home: Home): Promise<HomeLock> {
  const lock =
    process.platform === 'linux' || process.platform === 'win32' ? await holdName(home) : await holdFile(home);
  if (!lock) throw new DaemonError(await describeHolder(home));
  await writeFile(home.pid, `${process.pid}\n`, { mode: 0o600 });
  return {
    async release() {
      await rm(home.pid, { force: true });
      await lock.release();
    },
  };
}

async function describeHolder(home: Home): Promise<string> {
  const pid = await readFile(home.pid, 'utf8').then(
    (text) => text.trim(),
    () => '',
  );
  const holder = /^\d+$/.test(pid) ? `process ${pid}` : 'another process';
  return `${home.root} is in use by ${holder}; stop it, or choose another home with MYOWNMESH_HOME`;
}

/** Linux: an abstract socket; Windows: a named pipe. Named after the folder itself, so that two paths to it are one. */
async function holdName(home: Home): Promise<HomeLock | undefined> {
  const { dev, ino } = await stat(home.root, { bigint: true });
  const digest = createHash('sha512').update(`${dev}:${ino}`).digest('hex');
  // 107 characters fill the kernel's address: Node versions differ in how they pad a shorter name.
  const name = `wakemesh-lock-${digest}`.slice(0, 107);
  const server = createServer((socket) => socket.destroy());
  server.unref();
  const held = await new Promise<boolean>((resolve, reject) => {
    server.once('error', (error) => (codeOf(error) === 'EADDRINUSE' ? resolve(false) : reject(error)));
    server.listen(process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : `\0${name}`, () => resolve(true));
  });
  if (!held) return undefined;
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

const O_EXLOCK = 0x20; // BSD and macOS: open and lock in one step; not among Node's constants

async function holdFile(home: Home): Promise<HomeLock | undefined> {
  let file: FileHandle;
  try {
    file = await open(
      `${home.pid}.lock`,
      constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK | O_EXLOCK,
      0o600,
    );
  } catch (error) {
    if (codeOf(error) === 'EAGAIN') return undefined;
    throw error;
  }
  return { release: () => file.close() };
}
