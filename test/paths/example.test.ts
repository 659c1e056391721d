/** The example of docs/testing.md, word for word, as a user of the package runs it in a vitest of his own. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { peerMachine } from '../../machines/index.js';
import { transitionPaths } from '../../src/paths/index.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wakemesh-paths-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function example(): string {
  const section = readFileSync(join(ROOT, 'docs/testing.md'), 'utf8')
    .split(/^## /m)
    .find((text) => text.startsWith('Paths'));
  const code = section?.match(/^```ts\n(.*?)^```$/ms)?.[1];
  if (code === undefined) throw new Error('docs/testing.md has no ts block below "## Paths"');
  return code;
}

it('is ten lines, and makes one passing test of each path', async () => {
  const code = example();
  expect(code.trim().split('\n').length).toBeLessThanOrEqual(10);
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules', 'wakemesh'), 'junction');
  symlinkSync(join(ROOT, 'node_modules', 'vitest'), join(folder, 'node_modules', 'vitest'), 'junction');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'peer.test.ts'), code);
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [vitest, 'run', '--reporter=json'], { cwd: folder });
  const { success, numPassedTests, numTotalTests } = JSON.parse(stdout);
  expect({ success, numPassedTests, numTotalTests }).toEqual({
    success: true,
    numPassedTests: transitionPaths(peerMachine).length,
    numTotalTests: transitionPaths(peerMachine).length,
  });
}, 60_000);
