// Mutated frames, events and descriptions against the real mesh: `npm run fuzz -- --runs 1000000 --seed 7`. The same tests run
// for a few seconds with `npm test`.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

let values;
try {
  ({ values } = parseArgs({ options: { runs: { type: 'string', default: '100000' }, seed: { type: 'string' } } }));
} catch (error) {
  console.error(`fuzz: ${error.message}`);
  process.exit(2);
}
const { runs, seed = String(Date.now() % 2 ** 31) } = values;
for (const [name, value] of [
  ['--runs', runs],
  ['--seed', seed],
]) {
  if (/^\d{1,9}$|^1\d{9}$/.test(value)) continue;
  console.error(`fuzz: ${name} is "${value}", not a whole number`);
  process.exit(2);
}

const startedMs = Date.now();
console.log(`fuzz: ${runs} runs, seed ${seed}`);
const { status } = spawnSync('npx', ['vitest', 'run', 'test/fuzz'], {
  stdio: 'inherit',
  env: { ...process.env, FUZZ_RUNS: runs, FUZZ_SEED: seed },
});
console.log(
  `fuzz: ${status === 0 ? 'held' : 'broken'} after ${Math.round((Date.now() - startedMs) / 1000)} s, seed ${seed}`,
);
process.exit(status === 0 ? 0 : 1);
