/** A host that hardly ever runs: its sessions are kept and nobody is flooded. Beside it, a mesh that is left in peace. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { tunables } from '../../machines/tunables.js';
import { cleanUp } from '../support/daemon.js';
import {
  allActive,
  directions,
  epochs,
  startMesh,
  startRelayProcess,
  until,
  type Watched,
} from '../support/daemon-pair.js';

const PHASE_MS = 60_000;
/** The clock of the daemon stamps the push, a timer of the event loop paces the announce: they may differ by some ms. */
const STAMP_SLACK_MS = 20;

let relay: string;
beforeAll(async () => {
  relay = await startRelayProcess();
});
afterAll(cleanUp);

async function starve(node: Watched, stoppedMs: number, runningMs: number): Promise<void> {
  for (const endMs = performance.now() + PHASE_MS; performance.now() < endMs; await sleep(runningMs)) {
    await node.stop();
    await sleep(stoppedMs);
    node.continue();
  }
}

describe.concurrent('over a minute and more', () => {
  it('a starved host keeps its sessions and announces within the limiter', { timeout: 200_000 }, async ({ expect }) => {
    const nodes = await startMesh(relay, 2);
    const [host, friend] = nodes as [Watched, Watched];
    const before = await epochs(nodes);
    const told = host.announces().length;
    const startMs = Date.now();
    await starve(host, 1_800, 200);
    const betweenMs = Date.now();
    await starve(host, 2_500, 500);
    const endMs = Date.now();

    await allActive(nodes);
    expect(await epochs(nodes)).toEqual(before);
    for (const [us, them] of directions(nodes)) {
      expect(us.changes(them).filter(({ to }) => to === 'gone')).toEqual([]);
    }
    await host.send(friend, 1);
    await friend.send(host, 2);
    await until(() => friend.numbersFrom(host).includes(1) && host.numbersFrom(friend).includes(2));

    const pauses = host.told.flatMap(({ atMs, event }) => (event.type === 'woke' && atMs >= betweenMs ? [event] : []));
    expect(pauses.length).toBeGreaterThan(0); // it did notice, so that the count below means something
    const announces = host.announces().slice(told);
    for (const [index, { atMs }] of announces.entries()) {
      const previous = announces[index - 1];
      if (previous) expect(atMs - previous.atMs).toBeGreaterThanOrEqual(tunables.announceCooldownMs - STAMP_SLACK_MS);
    }
    const wakes = announces.filter(({ reason }) => reason === 'wake');
    expect(wakes.length).toBeLessThanOrEqual((endMs - startMs) / tunables.wakeCoalesceMs + 1);
  });

  it('three idle daemons: nobody goes stale', { timeout: 120_000 }, async ({ expect }) => {
    const idle = await startMesh(await startRelayProcess(), 3);
    const before = await epochs(idle);
    await sleep(60_000);
    await allActive(idle);
    expect(await epochs(idle)).toEqual(before);
    for (const [us, them] of directions(idle)) {
      expect(us.changes(them).filter(({ to }) => to === 'stale' || to === 'gone')).toEqual([]);
    }
  });
});
