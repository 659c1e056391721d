import { expect, it } from 'vitest';
import { lanTunables as t } from '../../machines/tunables.js';
import { EndpointHealth } from '../../src/signaling/lan/endpoint-health.js';

it('bug-46-dead-adapters-are-hammered', () => {
  const health = new EndpointHealth();
  const dead = { address: '192.0.2.1', port: 1 };
  const good = { address: '192.0.2.2', port: 1 };
  const spare = { address: '192.0.2.3', port: 1 };
  const dials: number[] = [];
  for (let tick = 0; tick < 200; tick += 1) {
    const chosen = health.choose([dead, good, spare], t.parallelDials, false);
    expect(chosen.length).toBeLessThanOrEqual(2);
    expect(chosen).toContainEqual(tick === 0 ? dead : good);
    if (chosen.includes(dead)) {
      dials.push(tick);
      health.failed(dead);
    }
    health.worked(good);
    health.failed(spare);
    health.tick();
  }
  // 1, 2, 5, 15, 30 and then 60 ticks of rest.
  expect(dials).toEqual([0, 1, 3, 8, 23, 53, 113, 173]);
  expect(health.choose([dead], 1, false)).toEqual([]);
  expect(health.choose([dead], 1, true)).toEqual([dead]);
});
