/** The interop runner itself, with our own daemon in the place of the other one. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { allRows } from '../interop/rows.js';

const ROOT = join(import.meta.dirname, '../..');
const FREEZE_S = 3;

const run = (...args: string[]) =>
  promisify(execFile)(process.execPath, ['scripts/interop.mjs', ...args], { cwd: ROOT });

it('every row ends with a time', async () => {
  const upstream = join(ROOT, 'dist/src/cli/main.js');
  const { stdout } = await run('--upstream', upstream, '--pairs=ours/upstream', `--freeze=${FREEZE_S}`, '--json');
  const cells = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(cells.filter(({ failure }) => failure !== null)).toEqual([]);
  expect(cells.map(({ row }) => row).sort()).toEqual(
    allRows([FREEZE_S])
      .map(({ name }) => name)
      .sort(),
  );
  for (const { outcome } of cells) expect(outcome.ms).toBeGreaterThanOrEqual(0);
}, 400_000);

it('says what is wrong and how to call it', async () => {
  await expect(run('--pairs', 'ours')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--upstream is missing'),
  });
});
