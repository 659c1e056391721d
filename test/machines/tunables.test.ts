import { expect, it } from 'vitest';
import { checkTunables, probeMs, type Tunables, tunables } from '../../machines/tunables.js';

it('the shipped values fit together', () => {
  expect(checkTunables(tunables)).toEqual([]);
});

it('a value that breaks a relation is refused by name', () => {
  const broken: [Partial<Tunables>, RegExp][] = [
    [{ staleTicks: 5 }, /^staleTicks: 5000 ms must exceed heartbeat/],
    [{ staleTicks: 12 }, /within 12 s/],
    [{ pingEveryTicks: 5 }, /two pings/],
    [{ suspectTicks: 3 }, /^suspectTicks/],
    [{ watchMs: 600 }, /^watchMs/],
    [{ pauseMs: 500 }, /^pauseMs/],
    [{ probeFloorMs: 3_000 }, /^probeFloorMs/],
    [{ verifyPings: 1 }, /^verifyPings/],
    [{ leaveProbeMs: 3_000 }, /^leaveProbeMs/],
    [{ holdMs: 2_000 }, /^holdMs/],
    [{ openTicks: 20 }, /^openTicks/],
    [{ keepTicks: 1_000 }, /^keepTicks/],
    [{ reofferTicks: 15 }, /^reofferTicks/],
    [{ sightTicks: 270 }, /^sightTicks/],
    [{ announceJitter: 1 }, /^announceJitter/],
  ];
  for (const [change, line] of broken) {
    expect(checkTunables({ ...tunables, ...change }).some((found) => line.test(found))).toBe(true);
  }
});

it('a probe waits four round trips, between floor and cap', () => {
  expect(probeMs(tunables, null)).toBe(tunables.probeFloorMs);
  expect(probeMs(tunables, 100)).toBe(400);
  expect(probeMs(tunables, 5_000)).toBe(tunables.probeCapMs);
});

it('a value at its very limit is taken or refused as the relation says', () => {
  const holds = (change: Partial<Tunables>, name: string) =>
    !checkTunables({ ...tunables, ...change }).some((line) => line.startsWith(name));
  const { pingEveryTicks, probeCapMs, sweepMs, watchMs, steadyAnnounceMs, announceJitter } = tunables;
  expect(holds({ staleTicks: pingEveryTicks + (probeCapMs + sweepMs) / sweepMs }, 'staleTicks')).toBe(false);
  expect(holds({ pingEveryTicks: 4, staleTicks: 8 }, 'staleTicks')).toBe(true);
  expect(holds({ staleTicks: 10 }, 'staleTicks')).toBe(false);
  expect(holds({ watchMs: 500 }, 'watchMs')).toBe(true);
  expect(holds({ pauseMs: 4 * watchMs }, 'pauseMs')).toBe(true);
  expect(holds({ probeFloorMs: 0 }, 'probeFloorMs')).toBe(false);
  expect(holds({ probeFloorMs: probeCapMs }, 'probeFloorMs')).toBe(true);
  const twoAnnouncesMs = 2 * steadyAnnounceMs * (1 + announceJitter);
  expect(holds({ sightTicks: twoAnnouncesMs / sweepMs }, 'sightTicks')).toBe(false);
  expect(holds({ announceJitter: 0 }, 'announceJitter')).toBe(true);
  expect(holds({ announceJitter: -0.1 }, 'announceJitter')).toBe(false);
});
