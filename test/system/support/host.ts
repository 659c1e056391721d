/** Runs a mesh's relay and daemons inside network namespaces, one place for each. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MeshHost } from '../../../src/cli/demo/mesh.js';
import { NETWORK } from '../../../src/cli/demo/node.js';
import { networkConfig, PROGRAM, requestOnce } from '../../support/daemon.js';

export interface Places {
  relay: { namespace: string; address: string };
  /** The namespace of each node, in the order in which they are started. */
  nodes: string[];
  /** Members of each node's network entry, beside the usual ones. */
  network?: object;
  /** Of each daemon's process. */
  env?: NodeJS.ProcessEnv;
}

export class NamespaceHost implements MeshHost {
  readonly #folder = mkdtempSync(join(tmpdir(), 'wakemesh-system-'));
  readonly #children = new Map<string, ChildProcess>();
  readonly #namespaces = new Map<string, string>();

  constructor(readonly places: Places) {}

  async startRelay(): Promise<string> {
    const { namespace, address } = this.places.relay;
    const relay = this.#spawn('relay', namespace, ['relay', '--port', '0', '--host', address], 'pipe');
    for await (const chunk of relay.stdout!.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
      const url = /ws:\/\/\S+/.exec(chunk)?.[0];
      if (url !== undefined) {
        relay.stdout!.resume();
        return url;
      }
    }
    throw new Error('the relay ended before it said where it listens');
  }

  makeHome(name: string, relay: string): void {
    this.#namespaces.set(name, this.places.nodes[this.#namespaces.size]!);
    mkdirSync(this.home(name));
    const network = networkConfig(NETWORK, relay, { wakemesh: { loopback_only: false }, ...this.places.network });
    writeFileSync(join(this.home(name), 'config.json'), JSON.stringify({ version: 3, networks: [network] }));
  }

  home(name: string): string {
    return join(this.#folder, name);
  }

  startDaemon(name: string): void {
    this.#spawn(name, this.#namespaces.get(name)!, ['serve'], openSync(join(this.home(name), 'log'), 'a'));
  }

  pid(name: string): number {
    return this.#children.get(name)!.pid!;
  }

  /** What one node says of another. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into many members
  async peer(name: string, deviceId: string): Promise<any> {
    const { data } = await requestOnce(join(this.home(name), 'daemon.sock'), { op: 'peers_list', network: NETWORK });
    return data.peers.find(({ device_id }: { device_id: string }) => device_id === deviceId);
  }

  log(name: string): string {
    return readFileSync(join(this.home(name), 'log'), 'utf8');
  }

  async kill(name: string): Promise<void> {
    const child = this.#children.get(name);
    if (child === undefined) return;
    this.#children.delete(name);
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }

  /** Lets it say goodbye. */
  async terminate(name: string): Promise<void> {
    const child = this.#children.get(name)!;
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }

  async close(): Promise<void> {
    await Promise.all([...this.#children.keys()].map((name) => this.kill(name)));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** `ip netns exec` replaces itself by the program: the child's process id is the daemon's. */
  #spawn(name: string, namespace: string, args: string[], output: 'pipe' | number): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, PROGRAM, ...args], {
      env: { ...process.env, ...this.places.env, MYOWNMESH_HOME: this.home(name) },
      stdio: ['ignore', output, 'inherit'],
    });
    this.#children.set(name, child);
    return child;
  }
}
