import { afterEach, expect, it } from 'vitest';
import { closeAll, openRelay } from '../support/meshes.js';
import { Counters } from './counters.js';
import { MemoryLinks } from './memory-links.js';
import { MeshOf } from './mesh-of.js';
import { parseOptions, UsageError } from './options.js';

afterEach(closeAll);

it('what is counted at the nodes is what the relay has seen', async () => {
  const nodes = 6;
  const relay = await openRelay();
  const counters = new Counters();
  const mesh = new MeshOf({ nodes, relay: relay.url, links: await MemoryLinks.open(), counters, boundMs: 40_000 });
  const start = await mesh.start();
  expect(start.announces['relay-admitted']).toBe(nodes);
  // Everybody says that it is there; an offer and an answer for each pair, more where an offer was made again.
  expect(start.traffic.eventsIn).toBeGreaterThanOrEqual(nodes + nodes * (nodes - 1));
  expect(start.traffic.bytesIn / start.traffic.eventsIn).toBeLessThan(counters.largest + 1);
  const restart = await mesh.restartOne();
  expect(restart.traffic.eventsIn).toBeGreaterThanOrEqual(2 * (nodes - 1));
  await mesh.close();
  expect(relay.stats().eventsRelayed).toBe(counters.total.eventsIn);
});

it.each([
  [['--nodes', '1'], '--nodes: "1" is not a whole number from 2 to 1000'],
  [['--seconds', 'x'], '--seconds: "x" is not a whole number'],
  [['--speed', '9'], "Unknown option '--speed'"],
])('%j is wrong usage', (args, message) => {
  expect(() => parseOptions(args)).toThrow(UsageError);
  expect(() => parseOptions(args)).toThrow(message);
});
