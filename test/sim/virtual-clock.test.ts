import { expect, it } from 'vitest';
import { VirtualClock } from '../../src/sim/virtual-clock.js';

it('fires in due order, then in the order of arming, and what is armed on the way too', () => {
  const clock = new VirtualClock(1_000);
  const fired: string[] = [];
  const arm = (name: string, delayMs: number, then = () => {}) =>
    clock.setTimeout(() => {
      fired.push(`${name}@${clock.now()}`);
      then();
    }, delayMs);
  arm('late', 20);
  arm('first', 10, () => arm('chained', 5));
  arm('second', 10);
  clock.clearTimeout(arm('cleared', 1));
  expect(clock.nextDue()).toBe(1_010);
  expect(clock.advance(15)).toBe(3);
  expect(fired).toEqual(['first@1010', 'second@1010', 'chained@1015']);
  expect([clock.now(), clock.pending]).toEqual([1_015, 1]);
});

it('ends a timer that re-arms itself without delay', () => {
  const clock = new VirtualClock();
  const again = (): number => clock.setTimeout(again, 0);
  again();
  expect(() => clock.advance(1, 100)).toThrow('more than 100 timers');
});

it('a freeze fires what is overdue once and late; what that arms counts from its end', () => {
  const clock = new VirtualClock();
  const fired: string[] = [];
  const again = () => {
    fired.push(`again at ${clock.now()}`);
    clock.setTimeout(again, 10);
  };
  clock.setTimeout(again, 10);
  const cleared = clock.setTimeout(() => fired.push('cleared'), 30);
  clock.setTimeout(() => clock.clearTimeout(cleared), 20);
  clock.setTimeout(() => fired.push('later'), 101);
  expect(clock.freeze(100)).toBe(2);
  expect(fired).toEqual(['again at 100']);
  expect(clock.dueInMs()).toEqual([1, 10]);
});
