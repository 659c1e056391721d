/** The README's example, word for word, as a user of the package runs it. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { closeAll, openRelay } from '../support/meshes.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BOUND_MS = 40_000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wakemesh-readme-'));
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await closeAll();
});

/** The first `js` block below the heading. */
function codeBelow(heading: string): string {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const code = readme.split(`\n## ${heading}\n`)[1]?.match(/^```js\n(.*?)^```$/ms)?.[1];
  if (code === undefined) throw new Error(`README.md has no js block below "## ${heading}"`);
  return code;
}

it('“Embed it” runs as it stands: two meshes meet, a message arrives, and the program ends', async () => {
  const relay = await openRelay();
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules', 'wakemesh'), 'junction');
  writeFileSync(join(folder, 'example.mjs'), codeBelow('Embed it'));
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['example.mjs'], {
    cwd: folder,
    env: { ...process.env, RELAY: relay.url },
    timeout: BOUND_MS,
  });
  expect(stdout).toMatch(/^received hello from [a-z2-7]{8}\n$/);
  expect(stderr).toBe('');
});
