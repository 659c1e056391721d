import { readdirSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { cleanUp, newHome, runProgram, startProgram } from '../support/daemon.js';

afterEach(cleanUp);

test('two daemons, one stopped for 3 s: exit 0, one object for the round and one for the summary', async () => {
  const { code, stdout, stderr } = await runProgram([
    'demo',
    '--nodes',
    '2',
    '--freeze',
    '3',
    '--rounds',
    '1',
    '--json',
  ]);
  expect(stderr).toBe('');
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toEqual([
    expect.objectContaining({
      kind: 'round',
      round: 1,
      freezeS: 3,
      side: 'smaller',
      action: 'freeze',
      stopped: ['A'],
      recovered: true,
      bothWaysMs: expect.any(Number),
      pairs: [
        {
          pair: 'A-B',
          bothWaysMs: expect.any(Number),
          forwardMs: expect.any(Number),
          backwardMs: expect.any(Number),
          activeMs: expect.toBeOneOf([null, expect.any(Number)]),
          via: expect.stringMatching(/^(kept|frame|probe|restart)$/),
          newEpochs: 0,
        },
      ],
    }),
    expect.objectContaining({ kind: 'summary', nodes: 2, recovered: true, rows: [expect.any(Object)] }),
  ]);
  const [round, summary] = lines;
  expect(round.timeline).toContainEqual(
    expect.objectContaining({
      node: 'A',
      since: 'thaw',
      what: expect.stringMatching(/^woke after [23]\.\d s \(frozen\)$/),
    }),
  );
  expect(summary.rows[0]).toMatchObject({ rounds: 1, recovered: 1, medianMs: round.bothWaysMs, newEpochs: 0 });
  expect(code).toBe(0);
});

test('a process killed and started again makes one new session', async () => {
  const { code, stdout } = await runProgram(['demo', '--nodes', '2', '--freeze', '0', '--action', 'kill', '--json']);
  const [round] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(round.pairs).toEqual([expect.objectContaining({ newEpochs: 1, activeMs: expect.any(Number) })]);
  expect(code).toBe(0);
});

test('Ctrl-C in a round ends every process and removes every folder', async () => {
  const TMPDIR = newHome();
  const demo = startProgram(['demo', '--nodes', '2', '--freeze', '600'], { env: { TMPDIR } });
  await demo.said('stopped (SIGSTOP, verified)');
  demo.child.kill('SIGINT');
  expect(await demo.exited).toBe(130);
  expect(readdirSync(TMPDIR)).toEqual([]);
});

test.each([
  ['--nodes', '1', 'Allowed is a whole number from 2 to 16.'],
  ['--freeze', '5,x', 'Allowed are seconds from 0 to 3600, several separated by commas, such as 5,40,100.'],
  ['--rounds', '0', 'Allowed is a whole number from 1 to 1000.'],
  ['--side', 'left', 'Allowed are smaller, larger, both, several separated by commas.'],
  ['--action', 'pause', 'Allowed choices are freeze, kill.'],
])('%s %s is refused with one line that says what is allowed', async (option, value, allowed) => {
  const { code, stdout, stderr } = await runProgram(['demo', option, value]);
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^error: [^\n]*\n$/);
  expect(stderr).toContain(allowed);
});
