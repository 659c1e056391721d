/** The main job: a process is stopped for longer than any timeout of the session, and the session is still the same after it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { cleanUp } from '../support/daemon.js';
import { allActive, epochs, startMesh, startRelayProcess, until, type Watched } from '../support/daemon-pair.js';

const FROZEN_MS = 36_000;
const STALE_WITHIN_MS = 12_000;

let relays: string[];
beforeAll(async () => {
  relays = await Promise.all([startRelayProcess(), startRelayProcess(), startRelayProcess()]);
});
afterAll(cleanUp);

async function sendNumbers(from: Watched, to: Watched, first: number, last: number): Promise<string[]> {
  const outcomes: string[] = [];
  for (let number = first; number <= last; number += 1) outcomes.push(await from.send(to, number));
  return outcomes;
}

const oneTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

describe.concurrent('daemons, a relay and a freeze longer than any timeout', () => {
  it.for([
    ['offerer', 0],
    ['answerer', 1],
  ] as const)('the %s frozen', { timeout: 120_000 }, async ([, side], { expect }) => {
    const nodes = await startMesh(relays[side]!, 2);
    const [frozen, live] = [nodes[side]!, nodes[1 - side]!];
    expect(await sendNumbers(frozen, live, 1, 5)).toEqual(Array(5).fill('sent'));
    expect(await sendNumbers(live, frozen, 1, 5)).toEqual(Array(5).fill('sent'));
    await until(() => live.numbersFrom(frozen).length === 5 && frozen.numbersFrom(live).length === 5);
    const before = await epochs(nodes);

    await frozen.stop();
    const frozenAtMs = performance.now();
    await until(() => live.changes(frozen).at(-1)?.to === 'stale');
    const silence = live.changes(frozen).at(-1);
    expect(silence?.peer.lastFrameAgoMs).toBeGreaterThan(0);
    expect(silence?.peer.lastFrameAgoMs).toBeLessThanOrEqual(STALE_WITHIN_MS);
    expect(await sendNumbers(live, frozen, 6, 10)).toEqual(Array(5).fill('queued'));
    await sleep(FROZEN_MS - (performance.now() - frozenAtMs));
    expect(await live.peer(frozen)).toMatchObject({ state: 'stale' });

    frozen.continue();
    await until(() => frozen.told.some(({ event }) => event.type === 'woke'));
    await allActive(nodes);
    await sendNumbers(frozen, live, 6, 10);
    await sendNumbers(live, frozen, 11, 15);
    await until(() => live.numbersFrom(frozen).length >= 10 && frozen.numbersFrom(live).length >= 15);
    expect(live.numbersFrom(frozen)).toEqual(oneTo(10));
    expect(frozen.numbersFrom(live)).toEqual(oneTo(15));
    expect(await epochs(nodes)).toEqual(before);
    expect(
      live
        .changes(frozen)
        .map(({ to }) => to)
        .slice(-2),
    ).toEqual(['stale', 'active']);
    const woke = frozen.told.find(({ event }) => event.type === 'woke')?.event;
    expect(woke).toMatchObject({ kind: 'frozen' });
    const recovered = live.told.findLast(({ event }) => event.type === 'recovered')?.event;
    expect(recovered).toMatchObject({ via: expect.stringMatching(/^(frame|probe|restart)$/) });
  });

  it('a hub frozen: its spokes go by the other one, and are with it again after the thaw', {
    timeout: 120_000,
  }, async ({ expect }) => {
    const nodes = await startMesh(relays[2]!, 4);
    const [hub, spoke, other, far] = nodes as [Watched, Watched, Watched, Watched];
    const hubs = { topology: 'hubs', hub: `${hub.id},${other.id}:2` };
    for (const { daemon } of nodes) await daemon.ask('topology_set', { network: 'ops', ...hubs });
    await until(async () => (await spoke.peer(far)).state === 'sighted' && (await far.peer(spoke)).state === 'sighted');
    const links: [Watched, Watched][] = [hub, other].flatMap((each) =>
      nodes.flatMap((node): [Watched, Watched][] => (node === each ? [] : [[node, each]])),
    );
    const epochsOf = () => Promise.all(links.map(async ([a, b]) => (await a.peer(b)).epoch));
    const before = await epochsOf();

    await hub.stop();
    const isStale = async (node: Watched) => (await node.peer(hub)).state === 'stale';
    await until(async () => (await isStale(spoke)) && (await isStale(far)) && (await isStale(other)));
    expect(await sendNumbers(spoke, far, 1, 5)).toEqual(Array(5).fill('sent'));
    await until(() => far.numbersFrom(spoke).length === 5);
    expect((await spoke.peer(far)).state).toBe('sighted');

    hub.continue();
    await until(async () =>
      (await Promise.all(links.map(([a, b]) => a.peer(b)))).every(({ state }) => state === 'active'),
    );
    expect(await epochsOf()).toEqual(before);
    await other.stop();
    await until(async () => (await spoke.peer(other)).state === 'stale');
    expect(await sendNumbers(spoke, far, 6, 10)).toEqual(Array(5).fill('sent'));
    await until(() => far.numbersFrom(spoke).length === 10);
    other.continue();
  });
});
