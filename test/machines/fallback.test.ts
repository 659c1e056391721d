import { expect, it } from 'vitest';
import { createActor } from 'xstate';
import { type FallbackEvent, fallbackMachine } from '../../machines/fallback.js';
import { VirtualClock } from '../../src/sim/virtual-clock.js';
import { vectors } from '../signaling/support/vectors.js';

function start() {
  const clock = new VirtualClock();
  const calls: string[] = [];
  const machine = fallbackMachine.provide({
    actions: { connectFallback: () => calls.push('connect'), closeFallback: () => calls.push('close') },
  });
  const actor = createActor(machine, { clock }).start();
  return { clock, calls, say: (type: FallbackEvent['type']) => actor.send({ type }), actor };
}

it('asks the public relays when upstream does', () => {
  const { clock, calls } = start();
  const { hold_at_ms, activates_at_ms } = vectors.fallback_timeline;
  for (const atMs of hold_at_ms) {
    clock.advance(atMs - clock.now());
    expect(calls, `at ${atMs} ms`).toEqual([]);
  }
  clock.advance(activates_at_ms - clock.now() - 1);
  expect(calls).toEqual([]);
  clock.advance(1);
  expect(calls).toEqual(['connect']);
  clock.advance(3_600_000);
  expect(calls, 'once').toEqual(['connect']);
});

it('leaves them when a configured relay is back, and counts anew when that is lost', () => {
  const { clock, calls, say } = start();
  clock.advance(18_000);
  say('SERVED');
  clock.advance(100_000);
  expect(calls).toEqual([]);
  say('UNSERVED');
  clock.advance(20_999);
  expect(calls).toEqual([]);
  clock.advance(1);
  say('UNSERVED');
  say('SERVED');
  expect(calls).toEqual(['connect', 'close']);
  say('SERVED');
  say('UNSERVED');
  clock.advance(21_000);
  expect(calls).toEqual(['connect', 'close', 'connect']);
});

it('leaves them when it is closed, and asks nobody after that', () => {
  const { clock, calls, say, actor } = start();
  clock.advance(21_000);
  say('CLOSE');
  expect(calls).toEqual(['connect', 'close']);
  clock.advance(100_000);
  expect(calls).toHaveLength(2);
  expect([actor.getSnapshot().status, clock.pending]).toEqual(['done', 0]);
});
