import { expect, it } from 'vitest';
import { parseOptions, UsageError } from './options.js';

const NEEDED = ['--ours', '/ours', '--upstream', '/theirs'];

it('by default both id orders, three freezes, every row once', () => {
  expect(parseOptions(NEEDED)).toEqual({
    ours: '/ours',
    upstream: '/theirs',
    relayCommand: null,
    pairs: [
      ['ours', 'upstream'],
      ['upstream', 'ours'],
    ],
    rows: [],
    freezeS: [5, 40, 100],
    rounds: 1,
    jobs: 4,
    logs: null,
    json: false,
  });
});

it('lists are cut at commas', () => {
  const { pairs, rows, freezeS } = parseOptions([
    ...NEEDED,
    '--pairs=upstream/upstream,ours/ours',
    '--rows=connect,kill',
    '--freeze=0.5,40',
  ]);
  expect(pairs).toEqual([
    ['upstream', 'upstream'],
    ['ours', 'ours'],
  ]);
  expect(rows).toEqual(['connect', 'kill']);
  expect(freezeS).toEqual([0.5, 40]);
});

it.each([
  [['--ours', '/ours'], '--upstream is missing'],
  [[...NEEDED, '--pairs', 'ours'], '--pairs: "ours" is not one of'],
  [[...NEEDED, '--pairs', 'ours/theirs'], '--pairs: "ours/theirs" is not one of'],
  [[...NEEDED, '--freeze', '5,x'], '--freeze: "x" is not a number of at least 0'],
  [[...NEEDED, '--rounds', '0'], '--rounds: "0" is not a number of at least 1'],
  [[...NEEDED, '--speed', '9'], "Unknown option '--speed'"],
])('%j is wrong usage', (args, message) => {
  expect(() => parseOptions(args)).toThrow(UsageError);
  expect(() => parseOptions(args)).toThrow(message);
});
