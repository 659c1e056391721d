import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeFileAtomic } from '../../src/identity/atomic-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wakemesh-atomic-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('replaces the text and the mode, and leaves nothing beside', async () => {
  const path = join(folder, 'file.json');
  writeFileSync(path, 'old', { mode: 0o644 });
  await writeFileAtomic(path, 'new', 0o600);
  expect(readFileSync(path, 'utf8')).toBe('new');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['file.json']);
});

test('the mode holds under an umask that would cut it', async () => {
  const path = join(folder, 'file.json');
  const umask = process.umask(0o777);
  try {
    await writeFileAtomic(path, 'text', 0o640);
  } finally {
    process.umask(umask);
  }
  expect(statSync(path).mode & 0o777).toBe(0o640);
});

test('a reader sees the old text or the new one, never a part', async () => {
  const path = join(folder, 'file.json');
  const texts = ['a'.repeat(200_000), 'b'.repeat(100_000)];
  writeFileSync(path, texts[0]!);
  let writing = true;
  const writer = (async () => {
    for (let round = 0; round < 20; round++) await writeFileAtomic(path, texts[round % 2]!, 0o600);
    writing = false;
  })();
  while (writing) {
    expect(texts.includes(readFileSync(path, 'utf8'))).toBe(true);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await writer;
});

test('what cannot be replaced stays, nothing is left beside it, and the reason is told', async () => {
  const path = join(folder, 'file.json');
  mkdirSync(join(path, 'in the way'), { recursive: true });
  await expect(writeFileAtomic(path, 'text', 0o600)).rejects.toMatchObject({
    code: expect.stringMatching(/EISDIR|ENOTEMPTY/),
  });
  expect(readdirSync(folder)).toEqual(['file.json']);
  await expect(writeFileAtomic(join(folder, 'missing', 'file'), 'text', 0o600)).rejects.toMatchObject({
    code: 'ENOENT',
  });
});
