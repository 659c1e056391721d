/** The table “What went wrong elsewhere” of docs/testing.md: complete, and every proof that it names is there. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const BUGS = 71;
const DEFECTS = 26;
const section = readFileSync('docs/testing.md', 'utf8').split('## What went wrong elsewhere')[1]!.split('\n## ')[0]!;
const rows = section
  .split('\n')
  .filter((line) => /^\| D?\d/.test(line))
  .map((line) => {
    const [, number, , proofs] = line.split('|').map((cell) => cell.trim());
    return { number: number!, proofs: proofs! };
  });

it('has every number once, in order', () => {
  const count = (length: number, prefix: string) => Array.from({ length }, (_, index) => `${prefix}${index + 1}`);
  expect(rows.map(({ number }) => number)).toEqual([...count(BUGS, ''), ...count(DEFECTS, 'D')]);
});

it.each(rows)('$number: what it names is there', ({ proofs }) => {
  const named = [...proofs.matchAll(/`([^`]+)` “([^”]+)”(?:<br>|$)/g)];
  expect(named.map(([text]) => text).join('')).toBe(proofs);
  expect(named.length).toBeGreaterThan(0);
  for (const [, name, text] of named) {
    const path = name!.endsWith('.ts') ? name! : `test/${name}.test.ts`;
    expect(existsSync(path), path).toBe(true);
    expect(readFileSync(path, 'utf8').includes(text!), `${path} says: ${text}`).toBe(true);
  }
});
