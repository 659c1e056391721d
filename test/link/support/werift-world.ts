/** Two real links on loopback, with a path between them that can be cut. */
import type { Link, LinkFacts } from '../../../src/link/link.js';
import { weriftLinks } from '../../../src/link/werift/index.js';
import type { LinkWorld } from './link-world.js';
import { addUdpFilter } from './udp-filter.js';

const QUIET_MS = 1_500;
const POLL_MS = 5;

export function weriftWorld(): LinkWorld {
  const factory = weriftLinks();
  const links: Link[] = [];
  const ports = new Set<number>();
  let isCut = false;
  let lastSentMs = performance.now();
  const removeFilter = addUdpFilter((_data, from) => {
    if (!ports.has(from)) return false;
    lastSentMs = performance.now();
    return isCut;
  });

  const until = async (what: () => boolean, boundMs = 15_000) => {
    const endMs = performance.now() + boundMs;
    while (!what()) {
      if (performance.now() > endMs) throw new Error(`not within ${boundMs} ms: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  };

  return {
    create(facts: LinkFacts): Link {
      const link = factory.create({ facts, loopbackOnly: true, iceServers: [] });
      links.push(link);
      return link;
    },
    describes(sdp) {
      for (const [, port] of sdp.matchAll(/^a=candidate:(?:\S+ ){5}(\d+) /gm)) ports.add(Number(port));
    },
    cut() {
      isCut = true;
    },
    heal() {
      isCut = false;
    },
    nowMs: () => performance.now(),
    until,
    quiet: () => until(() => performance.now() - lastSentMs > QUIET_MS),
    async close() {
      removeFilter();
      await Promise.all(links.map((link) => link.close()));
    },
  };
}
