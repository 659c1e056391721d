import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { nextBootId } from '../../src/daemon/boot-id.js';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wakemesh-boot-'));
  path = join(folder, 'boot-id');
});
afterEach(() => rm(folder, { recursive: true }));

it('is the wall clock while that grows', async () => {
  expect(await nextBootId(path, 1_000.7)).toBe(1_000);
  expect(await nextBootId(path, 2_000)).toBe(2_000);
});

it('grows when the clock stands still or is set back', async () => {
  await nextBootId(path, 5_000);
  expect(await nextBootId(path, 5_000)).toBe(5_001);
  expect(await nextBootId(path, 17)).toBe(5_002);
  expect(await readFile(path, 'utf8')).toBe('5002\n');
});

it.each(['', 'garbage', '-5', '1e400', '9007199254740991'])('starts over from the clock after %j', async (text) => {
  await writeFile(path, text);
  expect(await nextBootId(path, 3_000)).toBe(3_000);
});
