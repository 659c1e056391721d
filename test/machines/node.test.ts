import { expect, it } from 'vitest';
import { createActor, fromPromise } from 'xstate';
import { type NodeEvent, nodeMachine } from '../../machines/node.js';
import { tunables as t } from '../../machines/tunables.js';
import { VirtualClock } from '../../src/sim/virtual-clock.js';

interface Answerable {
  send(event: NodeEvent): void;
}

/** The node machine with a host whose clocks the test sets. */
function startNode() {
  const clock = new VirtualClock();
  const done: string[] = [];
  const pauses: number[] = [];
  const skew = { monoMs: 0, wallMs: 0 };
  const found = { addresses: ['10.0.0.1'] };
  const machine = nodeMachine.provide({
    actors: { ioTurn: fromPromise<void>(async () => {}) },
    actions: {
      readClocks: ({ self }) => {
        const monoMs = clock.now() + skew.monoMs;
        const wallMs = 1e12 + monoMs + skew.wallMs;
        (self as Answerable).send({ type: 'CLOCKS', monoMs, wallMs, bootMs: monoMs });
      },
      sweep: () => void done.push('sweep'),
      readAddresses: ({ self }) => (self as Answerable).send({ type: 'ADDRESSES', addresses: found.addresses }),
      wakePeers: () => void done.push('wake peers'),
      renewLostPaths: () => void done.push('renew lost paths'),
      renewAllPaths: () => void done.push('renew all paths'),
      checkRelays: () => void done.push('check relays'),
      publishAnnounce: (_, { reason }) => void done.push(`announce ${reason}`),
      announceOn: (_, { url }) => void done.push(`announce on ${url}`),
      reportWake: (_, { kind, ms }) => {
        done.push(`woke ${kind}`);
        pauses.push(ms);
      },
      reportAddresses: (_, { addresses }) => void done.push(`addresses [${addresses}]`),
    },
  });
  const actor = createActor(machine, { clock });
  actor.start();
  const settle = async () => {
    for (let i = 0; i < 8; i += 1) await Promise.resolve();
  };
  return {
    clock,
    skew,
    found,
    pauses,
    settle,
    send: (event: NodeEvent) => actor.send(event),
    done: (wanted = /^(?!sweep)/) => done.splice(0).filter((effect) => wanted.test(effect)),
    /** The process is stopped: its monotonic clock runs on, its timers do not. */
    async freeze(ms: number) {
      skew.monoMs += ms;
      clock.advance(t.watchMs);
      await settle();
    },
  };
}

const ask = (reason: 'reflection' | 'seek', fresh = false): NodeEvent => ({ type: 'ANNOUNCE', reason, fresh });

it('notices a pause of 2 s within one look: peers first, then relays, then the announce', async () => {
  const node = startNode();
  await node.freeze(t.pauseMs - 1);
  expect(node.done()).toEqual([]);
  await node.freeze(t.pauseMs);
  expect(node.done()).toEqual(['woke frozen', 'wake peers', 'check relays', 'announce wake']);
});

it('sees a suspended machine by its wall clock; a clock set back is no wake', async () => {
  const node = startNode();
  node.skew.wallMs -= 3_600_000;
  node.clock.advance(t.watchMs);
  await node.settle();
  expect(node.done()).toEqual([]);
  node.skew.wallMs += 600_000;
  node.clock.advance(t.watchMs);
  await node.settle();
  expect(node.done()[0]).toBe('woke suspended');
});

it('every pause rebases and pings; relay checks and announces of close ones are coalesced', async () => {
  const node = startNode();
  for (let pause = 0; pause < 4; pause += 1) await node.freeze(2_500);
  const effects = node.done();
  expect(effects.filter((effect) => effect === 'wake peers')).toHaveLength(4);
  expect(effects.filter((effect) => effect === 'check relays')).toHaveLength(1);
  expect(effects.filter((effect) => effect === 'announce wake')).toHaveLength(1);
  node.clock.advance(t.wakeCoalesceMs);
  await node.settle();
  expect(node.done(/check|announce/)).toEqual(['check relays', 'announce wake']);
});

it('announces after 30 s, then steadily; an announce that a freeze made late is the wake’s', async () => {
  const node = startNode();
  node.clock.advance(t.firstAnnounceMs);
  await node.settle();
  expect(node.done(/announce/)).toEqual(['announce cadence']);
  node.clock.advance(t.steadyAnnounceMs);
  await node.settle();
  expect(node.done(/announce/)).toEqual(['announce cadence']);
  node.clock.advance(t.steadyAnnounceMs - t.watchMs);
  await node.settle();
  node.done();
  await node.freeze(60_000); // the cadence is due in the very same look
  expect(node.done(/announce/)).toHaveLength(1);
});

it('has one limiter: fresh ids pass five times a second, everything else once', async () => {
  const node = startNode();
  for (let i = 0; i < 20; i += 1) node.send(ask('reflection', true));
  expect(node.done(/announce/)).toHaveLength(1 + t.freshAnnounces);
  for (let i = 0; i < 20; i += 1) node.send(ask('seek'));
  expect(node.done(/announce/)).toEqual([]);
  node.clock.advance(t.announceCooldownMs);
  expect(node.done(/announce/)).toEqual(['announce seek']);
  node.clock.advance(t.announceCooldownMs);
  expect(node.done(/announce/)).toEqual([]);
});

it('announces on a relay as soon as it is admitted', () => {
  const node = startNode();
  node.send({ type: 'RELAY_ADMITTED', url: 'ws://relay' });
  expect(node.done()).toEqual(['announce on ws://relay']);
});

it('counts no silence while suspended, and wakes on resume', async () => {
  const node = startNode();
  node.clock.advance(3 * t.sweepMs);
  expect(node.done(/sweep/)).toHaveLength(3);
  node.send({ type: 'SUSPEND' });
  node.clock.advance(60_000);
  await node.settle();
  expect(node.done(/sweep|wake/)).toEqual([]);
  node.send({ type: 'RESUME' });
  await node.settle();
  expect(node.done(/wake peers|check relays/)).toEqual(['wake peers', 'check relays']);
});

it('asks everybody when the network has changed', async () => {
  const node = startNode();
  node.send({ type: 'NETWORK_CHANGED' });
  await node.settle();
  expect(node.done()).toEqual(['wake peers', 'check relays', 'announce network-changed']);
  node.send({ type: 'RELAY_ANSWERED' });
  expect(node.done()).toEqual(['renew lost paths']);
});

it('sees another address within a second, asks everybody, and renews what was lost when a relay hears us', async () => {
  const node = startNode();
  node.clock.advance(5 * t.addressWatchMs);
  expect(node.done(), 'it has had it all along').toEqual([]);
  node.found.addresses = ['10.0.0.2'];
  node.clock.advance(t.addressWatchMs);
  await node.settle();
  expect(node.done()).toEqual(['addresses [10.0.0.2]', 'wake peers', 'check relays', 'announce network-changed']);
  node.send({ type: 'RELAY_ADMITTED', url: 'ws://relay' });
  expect(node.done()).toEqual(['announce on ws://relay', 'renew lost paths']);
});

it('asks nobody when the network goes, and everybody as soon as it is back, however short it was away', async () => {
  const node = startNode();
  for (let times = 0; times < 3; times += 1) {
    node.found.addresses = [];
    node.clock.advance(t.addressWatchMs);
    await node.settle();
    expect(node.done(/addresses|wake/)).toEqual(['addresses []']);
    node.found.addresses = ['10.0.0.1'];
    node.clock.advance(t.addressWatchMs);
    await node.settle();
    expect(node.done(/addresses|wake|relays|announce/)).toEqual([
      'addresses [10.0.0.1]',
      'wake peers',
      'check relays',
      'announce network-changed',
    ]);
  }
});

it('an announce that asks for answers is not turned into a reflection while it waits: nobody answers those', () => {
  const node = startNode();
  node.send(ask('seek'));
  node.send(ask('seek'));
  node.send(ask('reflection'));
  expect(node.done(/announce/)).toEqual(['announce seek']);
  node.clock.advance(t.announceCooldownMs);
  expect(node.done(/announce/)).toEqual(['announce seek']);
  node.send(ask('reflection'));
  node.send(ask('seek'));
  node.clock.advance(t.announceCooldownMs);
  expect(node.done(/announce/)).toEqual(['announce seek']);
});

it('a network that changes while we are suspended waits for the resume', async () => {
  const node = startNode();
  node.send({ type: 'SUSPEND' });
  node.send({ type: 'NETWORK_CHANGED' });
  node.clock.advance(60_000);
  await node.settle();
  expect(node.done(/sweep|wake|relays/)).toEqual([]);
  node.send({ type: 'RESUME' });
  await node.settle();
  expect(node.done(/wake peers|check relays/)).toEqual(['wake peers', 'check relays']);
});

it('a machine that sleeps and wakes by itself is noticed again and again, and each pause is reported with its length', async () => {
  const node = startNode();
  for (const ms of [5_000, 40_000, 100_000]) await node.freeze(ms);
  expect(node.pauses).toEqual([5_000, 40_000, 100_000]);
});
