import { expect, it } from 'vitest';
import { pauseBetween } from '../../machines/clocks.js';

const at = (monoMs: number, wallMs = monoMs, bootMs = monoMs) => ({ monoMs, wallMs, bootMs });

it('a late monotonic clock is a frozen process', () => {
  expect(pauseBetween(at(0), at(5_250), 250)).toEqual({ ms: 5_000, kind: 'frozen' });
});

it('a wall or boot clock that ran ahead is a suspended machine', () => {
  expect(pauseBetween(at(0), at(250, 60_250, 60_250), 250)).toEqual({ ms: 60_000, kind: 'suspended' });
  expect(pauseBetween(at(0), at(250, 250, 60_250), 250).kind).toBe('suspended');
});

it('a clock set back is no pause, and small differences are not added up', () => {
  expect(pauseBetween(at(0), at(250, -3_600_000), 250).ms).toBe(0);
  let sample = at(0);
  for (let look = 1; look <= 1_000; look += 1) {
    const next = at(look * 260, look * 261);
    expect(pauseBetween(sample, next, 250).ms).toBeLessThan(100);
    sample = next;
  }
});

it('a wall clock set forward may count as a pause, and never as a frozen process', () => {
  expect(pauseBetween(at(0), at(250, 3_600_250), 250)).toEqual({ ms: 3_600_000, kind: 'suspended' });
});

it('the longer of two absences names the pause', () => {
  expect(pauseBetween(at(0), at(3_250, 63_250, 63_250), 250)).toEqual({ ms: 60_000, kind: 'suspended' });
  expect(pauseBetween(at(0), at(60_250, 63_250, 63_250), 250)).toEqual({ ms: 60_000, kind: 'frozen' });
});

it('a look in time names no sleep, and neither do two clocks that agree on a pause', () => {
  expect(pauseBetween(at(0), at(250), 250)).toEqual({ ms: 0, kind: 'frozen' });
  expect(pauseBetween(at(0), at(1_250, 2_250, 2_250), 250)).toEqual({ ms: 1_000, kind: 'frozen' });
});
