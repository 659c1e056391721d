import { afterAll, expect, it } from 'vitest';
import { cleanUp, runProgram } from '../support/daemon.js';

afterAll(cleanUp);

const SMALL = ['sim', '--nodes', '5', '--minutes', '5'];

it.each([
  [['--faults', 'freeze,quake'], 'Allowed are freeze, both-frozen, mass-freeze, '],
  [['--faults', ''], 'Allowed are freeze, '],
  [['--nodes', '1'], 'Allowed is a whole number from 2 to 300.'],
  [['--nodes', '301'], 'Allowed is a whole number from 2 to 300.'],
  [['--minutes', '4'], 'Allowed is a whole number from 5 to 1440.'],
  [['--runs', '0'], 'Allowed is a whole number from 1 to 1000000.'],
  [['--seed', 'x7'], 'Allowed is a whole number from 0 to 4294967295.'],
  [['--seed', '4294967296'], 'Allowed is a whole number from 0 to 4294967295.'],
])('%j: one line says what is allowed, exit 2', async (args, allowed) => {
  const { code, stdout, stderr } = await runProgram(['sim', ...args]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(allowed);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

it('the same seed gives the same timeline, byte for byte, in another process', async () => {
  const args = [...SMALL, '--seed', '3', '--timeline'];
  const [first, second] = await Promise.all([runProgram(args), runProgram(args)]);
  const withoutCpu = (text: string) => text.replace(/ in [\d.]+ s of CPU/, '');
  expect(first.code).toBe(0);
  expect(withoutCpu(first.stdout)).toBe(withoutCpu(second.stdout));
  expect(first.stdout).toMatch(/^ +0\.000 {2}n0 {3}started, boot \d+$/m);
  expect(first.stdout).toContain('=    everything is healed');
});

it('tells programs of each run in the order of seeds, and what they add up to', async () => {
  const { code, stdout } = await runProgram([...SMALL, '--seed', '7', '--runs', '3', '--faults', 'freeze', '--json']);
  expect(code).toBe(0);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ kind, seed }) => [kind, seed])).toEqual([
    ['run', 7],
    ['run', 8],
    ['run', 9],
    ['summary', undefined],
  ]);
  const freezes = lines.slice(0, 3).map(({ faults }) => faults.freeze);
  expect(Math.min(...freezes)).toBeGreaterThanOrEqual(8);
  expect(lines[3]).toMatchObject({
    runs: 3,
    failedSeeds: [],
    faults: { freeze: { count: freezes[0] + freezes[1] + freezes[2], runs: 3 }, crash: { count: 0, runs: 0 } },
  });
});

it('a broken rule is exit 1, and the seed comes with the command that shows it happen', async () => {
  const wreck = new URL('support/never-together.mjs', import.meta.url);
  const env = { NODE_OPTIONS: `--import=${wreck}` };
  const { code, stdout } = await runProgram([...SMALL, '--seed', '5', '--faults', 'freeze,loss'], { env });
  expect(code).toBe(1);
  expect(stdout).toContain('seed 5 broke rules:\n');
  expect(stdout).toMatch(/^ {2}\d+\.\d{3} I15: not together: n0 n1 \(active\.steady \/ active\.steady\)/m);
  expect(stdout).toContain('wakemesh sim --nodes 5 --minutes 5 --faults freeze,loss --seed 5 --timeline\n');
  expect(stdout).toMatch(/Rules were broken with seeds 5\.\n$/);
});
