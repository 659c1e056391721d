/** How long two devices need after a freeze until messages flow both ways again; the table is printed with every run. */
import { expect, it } from 'vitest';
import { boundMs, type Cell, FREEZE_SECONDS, LOSSES, lowerBoundMs, RELAYS } from './budget/cells.js';
import { recoveryMs } from './budget/pair.js';
import { type Result, tableOf } from './budget/print.js';
import { wakemeshPair } from './budget/wakemesh-pair.js';

const LIMIT_MS = 120_000;
const cells: Cell[] = FREEZE_SECONDS.flatMap((freezeSeconds) =>
  (['offerer', 'answerer', 'both'] as const).flatMap((frozen) =>
    LOSSES.flatMap((lost) => RELAYS.map((relay) => ({ freezeSeconds, frozen, lost, relay }))),
  ),
);

it('between two Wakemesh devices', async () => {
  const results: Result[] = [];
  for (const cell of cells) {
    const { world, ends } = await wakemeshPair('budget');
    const ms = await recoveryMs(world, ends, cell, LIMIT_MS);
    results.push({ cell, ms, boundMs: boundMs(lowerBoundMs(cell)), forcedBy: '' });
    expect(world.thrown).toEqual([]);
  }
  process.stdout.write(`${tableOf('Wakemesh and Wakemesh', results)}\n`);
  expect(results.filter(({ ms, boundMs }) => ms === null || ms > boundMs)).toEqual([]);
}, 120_000);
