/**
 * A fixed set of mutants of the charts, each killed by the tables in `rows/`. The full mutation run takes half an hour
 * (`npm run mutants`); this is the part of it that runs with every `npm test`.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as handpicked from './mutants/handpicked.js';
import { allChecks, type Charts } from './rows/all.js';

const ROOT = join(import.meta.dirname, '../..');
const MACHINES = join(ROOT, 'machines');
let workshop = '';

beforeAll(() => {
  // Inside the project, where its imports are resolved.
  workshop = mkdtempSync(join(ROOT, '.mutants-'));
});
afterAll(() => rmSync(workshop, { recursive: true, force: true }));

/** The charts, built from the sources with one text replaced. */
async function build({ harm, file, find, put }: handpicked.Mutant): Promise<Charts> {
  const source = readFileSync(join(MACHINES, file), 'utf8');
  const found = source.split(find).length - 1;
  if (found !== 1) throw new Error(`mutant "${harm}": its text occurs ${found} times in machines/${file}, not once`);
  const copy = mkdtempSync(join(workshop, 'm'));
  cpSync(MACHINES, copy, { recursive: true });
  writeFileSync(
    join(copy, file),
    source.replace(find, () => put),
  );
  return import(/* @vite-ignore */ join(copy, 'index.ts'));
}

/** The rules that the charts break, of all tables or of one. */
async function broken(charts: Charts, table = ''): Promise<string[]> {
  const found: string[] = [];
  for (const { name, expected, outcome } of allChecks(charts)) {
    if (!name.startsWith(table)) continue;
    const actual = await outcome().catch((error: Error) => error.message);
    if (!isDeepStrictEqual(actual, expected)) found.push(name);
  }
  return found;
}

it('charts built in the workshop without a change break no rule', async () => {
  const same = { by: '', harm: 'none', file: 'clocks.ts', find: 'pauseBetween', put: 'pauseBetween' };
  expect(await broken(await build(same))).toEqual([]);
});

it.each(Object.values(handpicked).flat())('killed: $harm', async (mutant) => {
  expect(await broken(await build(mutant), `${mutant.by}:`)).not.toEqual([]);
});

it('a mutant whose text is gone from the source fails', async () => {
  const gone = { by: '', harm: 'gone', file: 'peer.ts', find: 'no such text', put: '' };
  await expect(build(gone)).rejects.toThrow('occurs 0 times in machines/peer.ts');
});
