import { expect, it } from 'vitest';
import { createActor } from 'xstate';
import { type OutflowEvent, outflowMachine } from '../../machines/outflow.js';
import { relayTunables as t } from '../../machines/tunables.js';
import { VirtualClock } from '../../src/sim/virtual-clock.js';

function start() {
  const clock = new VirtualClock();
  const written: true[] = [];
  const machine = outflowMachine.provide({ actions: { writeNext: () => void written.push(true) } });
  const actor = createActor(machine, { clock }).start();
  return {
    clock,
    /** Frames written since the last call. */
    written: () => written.splice(0).length,
    frames: (count: number) => {
      for (let i = 0; i < count; i += 1) actor.send({ type: 'FRAME' });
    },
    send: (event: OutflowEvent) => actor.send(event),
    state: () => actor.getSnapshot().value,
    ended: () => actor.getSnapshot().status === 'done',
    context: () => actor.getSnapshot().context,
  };
}

it('a burst goes at once, as long as the allowance lasts', () => {
  const flow = start();
  expect(flow.context()).toEqual({ allowance: t.frameBurst, waiting: 0 });
  flow.frames(1);
  expect([flow.written(), flow.state(), flow.context()]).toEqual([
    1,
    'refilling',
    { allowance: t.frameBurst - 1, waiting: 0 },
  ]);
  flow.frames(t.frameBurst - 1);
  expect([flow.written(), flow.state(), flow.context()]).toEqual([
    t.frameBurst - 1,
    'refilling',
    { allowance: 0, waiting: 0 },
  ]);
  flow.frames(1);
  expect([flow.written(), flow.state(), flow.context()]).toEqual([0, 'spent', { allowance: 0, waiting: 1 }]);
});

it('what exceeds it goes one by one, in the pace that the relay takes', () => {
  const flow = start();
  flow.frames(t.frameBurst + 3);
  flow.written();
  flow.clock.advance(t.frameIntervalMs - 1);
  expect(flow.written()).toBe(0);
  flow.clock.advance(1);
  expect([flow.written(), flow.state(), flow.context().waiting]).toEqual([1, 'spent', 2]);
  flow.frames(1);
  expect([flow.written(), flow.context().waiting]).toEqual([0, 3]);
  flow.clock.advance(2 * t.frameIntervalMs);
  expect([flow.written(), flow.state(), flow.context().waiting]).toEqual([2, 'spent', 1]);
  flow.clock.advance(t.frameIntervalMs);
  expect([flow.written(), flow.state(), flow.context()]).toEqual([1, 'refilling', { allowance: 0, waiting: 0 }]);
});

it('the allowance grows back, to the burst and no further', () => {
  const flow = start();
  flow.frames(3);
  flow.clock.advance(t.frameIntervalMs - 1);
  expect(flow.context().allowance).toBe(t.frameBurst - 3);
  flow.clock.advance(1);
  expect([flow.state(), flow.context().allowance]).toEqual(['refilling', t.frameBurst - 2]);
  flow.clock.advance(t.frameIntervalMs);
  expect([flow.state(), flow.context().allowance]).toEqual(['refilling', t.frameBurst - 1]);
  flow.clock.advance(t.frameIntervalMs);
  expect([flow.state(), flow.context().allowance, flow.clock.pending]).toEqual(['full', t.frameBurst, 0]);
});

it('an allowance that has grown by one lets one go', () => {
  const flow = start();
  flow.frames(t.frameBurst);
  flow.clock.advance(t.frameIntervalMs);
  flow.written();
  flow.frames(2);
  expect([flow.written(), flow.state(), flow.context()]).toEqual([1, 'spent', { allowance: 0, waiting: 1 }]);
});

it('no more are counted than the lanes of the host hold', () => {
  const flow = start();
  flow.frames(t.frameBurst + 3 * t.frameLane);
  expect(flow.context().waiting).toBe(2 * t.frameLane);
});

it('closed, nothing is written any more', () => {
  for (const count of [0, 2, t.frameBurst + 2]) {
    const flow = start();
    flow.frames(count);
    flow.written();
    flow.send({ type: 'CLOSE' });
    flow.clock.advance(60_000);
    expect([flow.state(), flow.ended(), flow.written(), flow.clock.pending]).toEqual(['closed', true, 0, 0]);
  }
});
