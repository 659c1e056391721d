import { expect, it } from 'vitest';
import type { CellResult } from './matrix.js';
import { duration, progress, table } from './report.js';

const cell = (row: string, smaller: string, round: number, ms: number | null): CellResult => ({
  row,
  smaller,
  larger: smaller === 'ours' ? 'upstream' : 'ours',
  round,
  outcome: ms === null ? null : { ms },
  failure: ms === null ? 'not active' : null,
});

it('median and worst of several rounds, failures counted, one column for each id order', () => {
  const results = [
    cell('freeze', 'ours', 1, 300),
    cell('freeze', 'ours', 2, 100),
    cell('freeze', 'ours', 3, 2_500),
    cell('freeze', 'upstream', 1, 7.04),
    cell('freeze', 'upstream', 2, null),
    cell('kill', 'ours', 1, null),
  ];
  expect(table(results, ['freeze', 'kill']).split('\n')).toEqual([
    '| smaller id / larger id | ours / upstream | upstream / ours |',
    '| --- | ---: | ---: |',
    '| freeze | 300 ms (2.5 s) | 7.0 ms 1 of 2 failed |',
    '| kill | failed |  |',
  ]);
});

it('times in two or three meaningful digits', () => {
  expect([0.42, 9.99, 85.4, 999, 1_340].map(duration)).toEqual(['0.4 ms', '10.0 ms', '85 ms', '999 ms', '1.3 s']);
});

it('a finished cell in one line', () => {
  const kill = { ...cell('kill', 'ours', 2, 410), outcome: { ms: 410, first: 120 } };
  expect(progress(kill)).toBe('ours / upstream | kill | round 2: 410 ms (first 120)');
  expect(progress(cell('kill', 'upstream', 1, null))).toBe('upstream / ours | kill | round 1: FAILED: not active');
});
