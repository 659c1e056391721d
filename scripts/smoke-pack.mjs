// What a user installs is the tarball, not this folder: pack it, install it into an empty folder, start the bins,
// import it from JavaScript, type-check an import under NodeNext, and let publint and attw judge the packaging.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (folder, name) => join(folder, 'node_modules', '.bin', name);
const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

function run(command, args, cwd) {
  console.log(`$ ${[command.split('/').at(-1), ...args].join(' ')}`);
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

function expect(condition, complaint) {
  if (!condition) throw new Error(complaint);
}

const temp = mkdtempSync(join(tmpdir(), 'wakemesh-pack-'));
try {
  run('npm', ['pack', '--silent', '--pack-destination', temp], root);
  const tarball = join(
    temp,
    readdirSync(temp).find((name) => name.endsWith('.tgz')),
  );

  const user = join(temp, 'user');
  mkdirSync(user);
  writeFileSync(join(user, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }));
  const nodeTypes = `@types/node@${own.devDependencies['@types/node']}`;
  run('npm', ['install', '--silent', '--no-audit', '--no-fund', tarball, nodeTypes], user);

  for (const name of Object.keys(own.bin)) {
    const version = run(bin(user, name), ['--version'], user).trim();
    expect(version.endsWith(` ${own.version}`), `${name} --version printed ${JSON.stringify(version)}`);
    expect(run(bin(user, name), ['--help'], user).includes('serve'), `${name} --help does not name "serve"`);
  }

  const imports = `import { Mesh } from 'wakemesh';\nimport * as machines from 'wakemesh/machines';\nimport { transitionPaths } from 'wakemesh/paths';\n`;
  writeFileSync(
    join(user, 'use.mjs'),
    `${imports}if (typeof Mesh !== 'function' || !transitionPaths(machines.relayMachine).length) throw new Error('an export is missing');\n`,
  );
  run(process.execPath, ['use.mjs'], user);

  const page = join(user, 'node_modules', own.name, 'dist', 'console');
  expect(readFileSync(join(page, 'index.html'), 'utf8').includes('assets/'), 'the console is not built');
  expect(
    readdirSync(join(page, 'assets')).some((name) => name.startsWith('elk-worker')),
    'the console has no ELK',
  );

  // `Expected` fails where a type got lost: an unresolved import would be `any` and pass everything.
  writeFileSync(
    join(user, 'use.ts'),
    `${imports}import type { MeshEvent, Network } from 'wakemesh';
type Expected<T> = 0 extends 1 & T ? never : true;
export const typed: [Expected<Mesh>, Expected<Network>, Expected<MeshEvent>, Expected<typeof machines.peerMachine>, Expected<typeof transitionPaths>] = [true, true, true, true, true];
export const states = (network: Network): string[] => network.peers().map((peer) => peer.state);
`,
  );
  const compilerOptions = { module: 'NodeNext', target: 'ES2023', strict: true, noEmit: true, skipLibCheck: true };
  writeFileSync(
    join(user, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...compilerOptions, types: ['node'] }, files: ['use.ts'] }),
  );
  run(bin(root, 'tsc'), ['-p', user], user);

  console.log(run(bin(root, 'publint'), [tarball, '--strict'], root));
  console.log(run(bin(root, 'attw'), [tarball, '--profile', 'esm-only'], root));
} finally {
  rmSync(temp, { recursive: true, force: true });
}
