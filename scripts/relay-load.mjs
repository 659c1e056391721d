// Measures what a mesh asks of its relay (docs/operations.md): compiles test/load and starts it.
import { execFileSync, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { stdio: 'inherit' });
execFileSync(process.execPath, [tsc, '-p', join(root, 'test', 'load')], { cwd: root, stdio: 'inherit' });
const ours = join(root, 'dist', 'src', 'cli', 'main.js');
const main = join(root, '.load', 'test', 'load', 'main.js');
const { status } = spawnSync(process.execPath, [main, ours, ...process.argv.slice(2)], { stdio: 'inherit' });
process.exit(status ?? 1);
