/** Two simulated links on a virtual clock, with a path between them that can be cut. */
import { LinkNet } from '../../../src/sim/link-net.js';
import { Loop } from '../../../src/sim/loop.js';
import { type Disturbance, Net, type ProcessHost } from '../../../src/sim/net.js';
import { SimProcess } from '../../../src/sim/process.js';
import { Rng } from '../../../src/sim/rng.js';
import type { LinkWorld } from './link-world.js';

const STEP_MS = 5;
/** Longer than one round of checks: what is not sent by then is not sent at all. */
const QUIET_MS = 5_000;

export function simWorld(seed = 1): LinkWorld {
  const loop = new Loop();
  const rng = new Rng(seed);
  const net = new Net(loop, rng.fork('net'), {});
  const links = new LinkNet(loop, net, rng.fork('links'));
  const throwing = (error: unknown) => {
    throw error;
  };
  const hosts: ProcessHost[] = ['a', 'b'].map((name) => ({
    name,
    address: 1,
    mapping: 1,
    process: new SimProcess(loop, rng.fork(name), throwing),
  }));
  const cable: Disturbance = {
    affects: () => true,
    worsen: (conditions) => {
      conditions.cut = true;
    },
  };
  let created = 0;
  let isOpen = true;
  /** Time goes on by itself: a test awaits verbs that take some of it. */
  const run = async () => {
    while (isOpen) {
      await loop.advance(STEP_MS);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  void run();
  const until = async (condition: () => boolean, boundMs = 15_000) => {
    const endMs = loop.nowMs + boundMs;
    while (!condition()) {
      if (loop.nowMs > endMs) throw new Error(`not within ${boundMs} ms: ${condition}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  return {
    create: (facts) => links.factoryFor(hosts[created++ % 2]!).create({ facts, loopbackOnly: true, iceServers: [] }),
    describes: () => {},
    cut: () => net.disturb(cable),
    heal: () => net.restore(cable),
    nowMs: () => loop.nowMs,
    until,
    quiet: () => {
      const endMs = loop.nowMs + QUIET_MS;
      return until(() => loop.nowMs >= endMs);
    },
    async close() {
      isOpen = false;
      await Promise.all(hosts.flatMap((host) => [...links.linksOf(host)]).map((link) => link.close()));
    },
  };
}
