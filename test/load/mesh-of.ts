/** A mesh of many nodes in this process: the real thing from the machines to the sockets, but for the links. */
import { randomBytes } from 'node:crypto';
import { sleep } from '../../src/cli/demo/wait.js';
import { generateIdentity } from '../../src/identity/keys.js';
import type { LinkFactory } from '../../src/link/link.js';
import { Mesh } from '../../src/mesh/mesh.js';
import { realPorts } from '../../src/signaling/ports.js';
import type { Counters, Traffic } from './counters.js';

const POLL_MS = 20;

interface Node {
  identity: ReturnType<typeof generateIdentity>;
  mesh: Mesh;
}

export interface Phase {
  name: string;
  seconds: number;
  traffic: Traffic;
  /** Announces by what they were for. A busy machine pauses this process: then all nodes `wake` at once. */
  announces: Record<string, number>;
}

export interface MeshOfOptions {
  nodes: number;
  relay: string;
  links: LinkFactory;
  counters: Counters;
  /** Ends a phase that does not come to its end. */
  boundMs: number;
}

export class MeshOf {
  readonly #options: MeshOfOptions;
  readonly #nodes: Node[] = [];
  #announces: Record<string, number> = {};

  constructor(options: MeshOfOptions) {
    this.#options = options;
  }

  /** All at once, until every pair is active. */
  start(): Promise<Phase> {
    return this.#phase('all start at once', async () => {
      const identities = Array.from({ length: this.#options.nodes }, () => generateIdentity({ randomBytes }));
      this.#nodes.push(...(await Promise.all(identities.map((identity) => this.#open(identity)))));
      await this.#connected();
    });
  }

  rest(name: string, ms: number): Promise<Phase> {
    return this.#phase(name, () => sleep(ms));
  }

  /** One says goodbye and comes back as another process. */
  restartOne(): Promise<Phase> {
    return this.#phase('one restarts', async () => {
      const [first] = this.#nodes;
      if (!first) throw new Error('there is no node');
      await first.mesh.close();
      Object.assign(first, await this.#open(first.identity));
      await this.#connected();
    });
  }

  /** What happens to the relay is `disturb`'s business; then all must have found it again. */
  relayRestarts(disturb: () => Promise<void>): Promise<Phase> {
    return this.#phase('the relay restarts', async () => {
      await disturb();
      await this.#until(() => this.#networks().every((network) => network.relays()[0]?.state === 'admitted'));
      await this.#connected();
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#nodes.map(({ mesh }) => mesh.close()));
  }

  async #open(identity: Node['identity']): Promise<Node> {
    const { relay, links, counters } = this.#options;
    const mesh = await Mesh.open({ identity, links, ports: { ...realPorts, dial: counters.dial } });
    mesh.subscribe((event) => {
      if (event.type === 'announced') this.#announces[event.reason] = (this.#announces[event.reason] ?? 0) + 1;
    });
    await mesh.join({ networkId: 'load', relays: [relay], autoApprove: true });
    return { identity, mesh };
  }

  #networks() {
    return this.#nodes.flatMap(({ mesh }) => mesh.networks());
  }

  #connected(): Promise<void> {
    const others = this.#options.nodes - 1;
    return this.#until(() =>
      this.#networks().every((network) => network.peers().filter(({ state }) => state === 'active').length === others),
    );
  }

  async #until(condition: () => boolean): Promise<void> {
    const giveUpAtMs = performance.now() + this.#options.boundMs;
    while (!condition()) {
      if (performance.now() > giveUpAtMs) throw new Error(`not connected after ${this.#options.boundMs / 1_000} s`);
      await sleep(POLL_MS);
    }
  }

  async #phase(name: string, work: () => Promise<void>): Promise<Phase> {
    const { counters } = this.#options;
    const before = { ...counters.total };
    this.#announces = {};
    const startedMs = performance.now();
    await work();
    const seconds = (performance.now() - startedMs) / 1_000;
    return { name, seconds, traffic: counters.since(before), announces: this.#announces };
  }
}
