// Runs the matrix of our daemon against another one that speaks the same wire (docs/interop.md), in a network namespace
// of its own: the daemons meet each other and nobody else.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const ip = (...args) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] });

const missing = [];
if (process.platform !== 'linux') missing.push('Linux');
if (process.getuid?.() !== 0) missing.push('root (run it with sudo)');
if (spawnSync('ip', ['-V'], { stdio: 'ignore' }).status !== 0) missing.push('ip (Debian package iproute2)');
if (missing.length > 0) {
  console.error(`interop cannot run, missing: ${missing.join('; ')}: it makes a network namespace`);
  process.exit(1);
}

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { stdio: 'inherit' });
execFileSync(process.execPath, [tsc, '-p', join(root, 'test', 'interop')], { cwd: root, stdio: 'inherit' });

const name = `wakemesh-interop-${process.pid}`;
process.once('exit', () => spawnSync('ip', ['netns', 'del', name], { stdio: 'ignore' }));
ip('netns', 'add', name);
ip('-n', name, 'link', 'set', 'lo', 'up');
// Upstream takes no candidate from loopback nor from interfaces named veth*, so there is one that looks like a card.
ip('-n', name, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'far');
ip('-n', name, 'address', 'add', '10.77.1.1/24', 'dev', 'eth0');
for (const link of ['eth0', 'far']) ip('-n', name, 'link', 'set', link, 'up');

const runner = join(root, '.interop', 'test', 'interop', 'main.js');
const ours = ['--ours', join(root, 'dist', 'src', 'cli', 'main.js')];
const command = ['netns', 'exec', name, process.execPath, runner, ...ours, ...process.argv.slice(2)];
const child = spawn('ip', command, { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.once('exit', (code) => process.exit(code ?? 1));
