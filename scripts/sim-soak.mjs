// Many runs of the simulator on the built program: `npm run sim:soak -- --from 1 --to 10000`.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const usage = (problem) => {
  console.error(
    `sim:soak: ${problem}; allowed are --from and --to, seeds from 0 to 4294967295, the first not above the last`,
  );
  process.exit(2);
};

let values;
try {
  ({ values } = parseArgs({
    options: { from: { type: 'string', default: '1' }, to: { type: 'string', default: '10000' } },
  }));
} catch (error) {
  usage(error.message);
}
const [from, to] = [values.from, values.to].map((text) => (/^\d+$/.test(text) ? Number(text) : Number.NaN));
if (!(from <= to && to <= 4_294_967_295)) usage(`no seeds from ${values.from} to ${values.to}`);

const node = (...args) => spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;
const built = node('scripts/build.mjs');
if (built !== 0) process.exit(built);
const size = ['--nodes', '12', '--minutes', '10'];
process.exit(node('dist/src/cli/main.js', 'sim', ...size, '--seed', String(from), '--runs', String(to - from + 1)));
