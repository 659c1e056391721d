import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { homeAt } from '../../src/daemon/home.js';
import { lockHome } from '../../src/daemon/lock.js';
import { cleanUp, newHome, runProgram, startDaemon, startProgram } from '../support/daemon.js';

afterEach(cleanUp);

it('a second taker is told who holds the home, and gets it once it is released', async () => {
  const home = homeAt(newHome());
  const lock = await lockHome(home);
  await expect(lockHome(homeAt(`${home.root}/.`))).rejects.toThrow(`is in use by process ${process.pid}`);
  await lock.release();
  await (await lockHome(home)).release();
});

it('a second serve on the same home names the holder and exits 1; the first does not notice', async () => {
  const daemon = await startDaemon();
  const second = await runProgram(['serve'], { home: daemon.home });
  expect(second).toEqual({
    code: 1,
    stdout: '',
    stderr: `error: ${daemon.home} is in use by process ${daemon.pid}; stop it, or choose another home with MYOWNMESH_HOME\n`,
  });
  expect((await daemon.control({ op: 'status' })).ok).toBe(true);
});

it('what a killed daemon leaves behind keeps nobody out, not even when its pid is alive again', async () => {
  const first = await startDaemon();
  first.kill('SIGKILL');
  expect(await first.exited).toBe('SIGKILL');
  writeFileSync(homeAt(first.home).pid, `${process.pid}\n`);
  const next = await startDaemon({ home: first.home });
  expect(readFileSync(homeAt(first.home).pid, 'utf8')).toBe(`${next.pid}\n`);
});

it('of six started at once exactly one serves', async () => {
  const home = newHome();
  const racers = Array.from({ length: 6 }, () => startProgram(['serve'], { home }));
  const ready = (racer: (typeof racers)[number]) => racer.said('"msg":"ready"').then(() => 'serving');
  const results = await Promise.all(racers.map((racer) => Promise.race([racer.exited, ready(racer)]).catch(() => 1)));
  expect(results.filter((result) => result === 'serving')).toHaveLength(1);
  expect(results.filter((result) => result === 1)).toHaveLength(5);
});
