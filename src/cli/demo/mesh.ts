/** The demo's mesh: one relay and N daemons in temporary homes, all of them Active with each other. */
import { type DaemonHost, DemoNode, type PeerView } from './node.js';
import { Timeline } from './timeline.js';
import { type Pair, Traffic } from './traffic.js';
import { sleep } from './wait.js';

const ACTIVE_POLL_MS = 50;

/** Who runs the mesh's processes: the demo on this machine, a system test in its network namespaces. */
export interface MeshHost extends DaemonHost {
  /** Returns the relay's address. */
  startRelay(): Promise<string>;
  /** A home folder whose daemon joins `NETWORK` over this relay and admits everybody. */
  makeHome(name: string, relay: string): void;
}

export class DemoMesh {
  readonly traffic = new Traffic();
  readonly timeline: Timeline;

  private constructor(
    /** In the order of their device ids. */
    readonly nodes: DemoNode[],
    print: (line: string) => void,
  ) {
    this.timeline = new Timeline(nodes, print);
  }

  static async start(count: number, host: MeshHost, print: (line: string) => void): Promise<DemoMesh> {
    const relay = await host.startRelay();
    let mesh: DemoMesh | null = null;
    const nodes = Array.from({ length: count }, (_, index) => {
      const process = `node-${index + 1}`;
      host.makeHome(process, relay);
      return new DemoNode(process, host, (node, push) => {
        if (push.kind === 'channel_inbound') mesh?.traffic.received(node, push.from, push.payload.sentAtMs);
        else mesh?.timeline.event(node, push.event, push.at_ms);
      });
    });
    await Promise.all(nodes.map((node) => node.start()));
    nodes.sort((a, b) => (a.deviceId < b.deviceId ? -1 : 1));
    for (const [index, node] of nodes.entries()) node.name = String.fromCharCode(65 + index);
    mesh = new DemoMesh(nodes, print);
    return mesh;
  }

  /** Every pair with a node of `touching` in it. */
  pairs(touching: readonly DemoNode[] = this.nodes): Pair[] {
    return this.nodes
      .flatMap((a, index) => this.nodes.slice(index + 1).map((b): Pair => [a, b]))
      .filter((pair) => pair.some((node) => touching.includes(node)));
  }

  /** Resolves once both sides of every pair call each other Active; rejects, naming a pair, when they do not in time. */
  async allActive(boundMs: number): Promise<void> {
    const giveUpAtMs = performance.now() + boundMs;
    for (;;) {
      const views = await this.#views();
      const sees = (a: DemoNode, b: DemoNode) => views.get(a)?.get(b.deviceId)?.active === true;
      const missing = this.pairs().find(([a, b]) => !(sees(a, b) && sees(b, a)));
      if (missing === undefined) return;
      if (performance.now() > giveUpAtMs) {
        throw new Error(`${missing[0].name} and ${missing[1].name} are not Active after ${boundMs / 1000} s`);
      }
      await sleep(ACTIVE_POLL_MS);
    }
  }

  /** The session number each side of each pair holds, by `A>B`. */
  async epochs(pairs: readonly Pair[]): Promise<Map<string, number>> {
    const views = await this.#views();
    const directions = pairs.flatMap(([a, b]) => [[a, b] as const, [b, a] as const]);
    return new Map(
      directions.map(([a, b]) => [`${a.name}>${b.name}`, views.get(a)?.get(b.deviceId)?.epoch ?? 0] as const),
    );
  }

  async #views(): Promise<Map<DemoNode, Map<string, PeerView>>> {
    return new Map(await Promise.all(this.nodes.map(async (node) => [node, await node.peers()] as const)));
  }
}
