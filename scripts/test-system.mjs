// Runs the tests that need root, network namespaces, a cgroup freezer, a TURN server and Chromium. What is missing is named and fails the run:
// a skipped test would look like a passed one. `--install` gets the Debian packages; other arguments go to vitest.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const args = process.argv.slice(2);
const install = args.includes('--install');
const isRoot = process.getuid?.() === 0;

const runs = (command, ...commandArgs) => spawnSync(command, commandArgs, { stdio: 'ignore' }).status === 0;

/** Tries it out instead of looking for a file: a container may have `ip` and still forbid namespaces. */
function canUseNamespaces() {
  const name = `wakemesh-check-${process.pid}`;
  try {
    return runs('ip', 'netns', 'add', name) && runs('ip', 'netns', 'exec', name, 'nft', 'list', 'tables');
  } finally {
    runs('ip', 'netns', 'del', name);
  }
}

const hasFreezer = () =>
  existsSync('/sys/fs/cgroup/freezer/cgroup.procs') ||
  (existsSync('/sys/fs/cgroup/cgroup.procs') && readFileSync('/proc/self/cgroup', 'utf8').includes('0::'));

/** Command, a harmless flag, and the Debian package that it is in. */
const TOOLS = [
  ['ip', '-V', 'iproute2'],
  ['nft', '--version', 'nftables'],
  ['chromium', '--version', 'chromium'],
  ['turnserver', '--version', 'coturn'],
  ['openssl', 'version', 'openssl'],
];
const lacking = () => TOOLS.filter(([command, flag]) => !runs(command, flag));

if (install && isRoot) {
  const packages = lacking().map(([, , debian]) => debian);
  if (packages.length > 0) {
    // Its package would start a TURN server on this machine.
    if (packages.includes('coturn')) runs('systemctl', 'mask', 'coturn');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    execFileSync('apt-get', ['update', '-q'], { stdio: 'inherit', env });
    execFileSync('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...packages], { stdio: 'inherit', env });
  }
}

const missing = [];
if (process.platform !== 'linux') missing.push('Linux (network namespaces and the cgroup freezer)');
if (!isRoot) missing.push('root (run it with sudo)');
const tools = lacking();
for (const [command, , debian] of tools) missing.push(`${command} (Debian package ${debian}; -- --install gets it)`);
if (isRoot && tools.length === 0 && !canUseNamespaces())
  missing.push('the right to make network namespaces (CAP_SYS_ADMIN)');
if (process.platform === 'linux' && !hasFreezer())
  missing.push('a cgroup freezer (v1 controller, or v2 at /sys/fs/cgroup)');
if (missing.length > 0) {
  console.error(`test:system cannot run, missing: ${missing.join('; ')}`);
  process.exit(1);
}

const rest = args.filter((argument) => argument !== '--install');
const vitest = join(root, 'node_modules', '.bin', 'vitest');
const { status } = spawnSync(vitest, ['run', '--config', 'vitest.system.config.ts', ...rest], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
