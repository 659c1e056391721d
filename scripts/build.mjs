// Compiles machines/ and src/ to dist/, and the console's page to dist/console. A script, so that `npm ci` (prepare),
// tests and packing share one way to build.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
rmSync(`${root}dist`, { recursive: true, force: true });
execFileSync(process.execPath, [tsc, '-p', `${root}tsconfig.json`], { cwd: root, stdio: 'inherit' });
const bin = `${root}dist/src/cli/main.js`;
if (existsSync(bin)) chmodSync(bin, 0o755);
await build({ configFile: `${root}src/console/vite.config.ts` });
