import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The values of a fixture with one JSON value per line; `path` is below test/fixtures. */
export function readJsonLines<T>(path: string): T[] {
  const file = fileURLToPath(new URL(`../fixtures/${path}`, import.meta.url));
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}
