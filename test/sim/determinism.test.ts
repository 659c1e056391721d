import { expect, it } from 'vitest';
import { FAULT_KINDS } from '../../src/sim/faults/index.js';
import { run } from '../../src/sim/run.js';

const SIZE = { nodes: 6, minutes: 6, kinds: FAULT_KINDS };

it('one seed, one trace, byte for byte; another seed, another trace', async () => {
  const [first, again, other] = [
    await run({ ...SIZE, seed: 11 }),
    await run({ ...SIZE, seed: 11 }),
    await run({ ...SIZE, seed: 12 }),
  ];
  expect(again.lines.join('\n')).toBe(first.lines.join('\n'));
  expect(again).toEqual(first);
  expect(other.digest).not.toBe(first.digest);
});
