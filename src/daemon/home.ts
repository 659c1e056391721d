/** The home folder: where everything lies, laid out as upstream lays it out so that either daemon can use it. */
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface Home {
  root: string;
  config: string;
  identity: string;
  rosters: string;
  /** Default place of the control socket; `daemon.control_socket` in the configuration overrides it. */
  socket: string;
  /** Who holds the home, for people: the lock itself is held by the kernel. */
  pid: string;
  bootId: string;
}

/** `MYOWNMESH_HOME` when it is not blank (that very folder), else `~/.myownmesh`. */
export function homeRoot(env: NodeJS.ProcessEnv = process.env): string {
  return env.MYOWNMESH_HOME?.trim() || join(homedir(), '.myownmesh');
}

export function homeAt(root: string): Home {
  return {
    root,
    config: join(root, 'config.json'),
    identity: join(root, '.secrets', 'identity.json'),
    rosters: join(root, 'mesh', 'rosters'),
    socket: join(root, 'daemon.sock'),
    pid: join(root, 'daemon.pid'),
    bootId: join(root, 'mesh', 'boot-id'),
  };
}

/** Makes the folders that are missing; the modes of existing ones are left alone. */
export async function makeHome(home: Home): Promise<void> {
  await mkdir(home.root, { recursive: true, mode: 0o755 });
  await mkdir(join(home.root, '.secrets'), { recursive: true, mode: 0o700 });
  await mkdir(home.rosters, { recursive: true, mode: 0o755 });
}
