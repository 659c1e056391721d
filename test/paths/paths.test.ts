/** `wakemesh paths`: the transition tests that are generated from the machines. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import { nodeMachine, peerMachine, relayMachine, waitMachine } from '../../machines/index.js';
import { allTransitions } from '../../src/paths/chart.js';
import { replay, type TransitionPath, transitionPaths } from '../../src/paths/index.js';
import { runProgram } from '../support/daemon.js';

const LIST = fileURLToPath(new URL('../../docs/paths.txt', import.meta.url));
const MACHINES: AnyStateMachine[] = [peerMachine, nodeMachine, relayMachine];

it('the committed list is what the machines make of it today', async () => {
  const { code, stdout, stderr } = await runProgram(['paths']);
  expect([code, stderr]).toEqual([0, '']);
  expect(
    stdout === readFileSync(LIST, 'utf8'),
    'docs/paths.txt is stale: a machine has changed. See what that does to its paths: npm run -s paths > docs/paths.txt, then git diff',
  ).toBe(true);
});

describe.each(MACHINES)('$id', (machine) => {
  const paths = transitionPaths(machine);

  it('every transition is taken, each by the one path that names it', () => {
    const places = [...allTransitions(machine).values()];
    expect(paths.flatMap(({ takes }) => takes).sort()).toEqual(places.sort());
  });

  it('each path has a name of its own', () => {
    expect(new Set(paths.map(({ name }) => name)).size).toBe(paths.length);
  });

  it('each ends where it says when it is played again', () => {
    for (const path of paths) expect(replay(machine, path), path.name).toEqual(path.outcome);
  });
});

it('as JSON they can be played elsewhere', async () => {
  const { code, stdout } = await runProgram(['paths', 'relay', '--json']);
  expect(code).toBe(0);
  const [printed] = JSON.parse(stdout) as { machine: string; paths: TransitionPath[] }[];
  expect(printed).toEqual({ machine: 'relay', paths: transitionPaths(relayMachine) });
});

it('a build whose delay differs plays them differently, and has other paths', () => {
  const slower = relayMachine.provide({ delays: { CHECK_TIMEOUT: 2_000 } });
  const paths = transitionPaths(relayMachine);
  const differing = paths.filter((path) => JSON.stringify(replay(slower, path)) !== JSON.stringify(path.outcome));
  expect(differing.map(({ name }) => name)).not.toEqual([]);
  expect(transitionPaths(slower)).not.toEqual(paths);
});

it('an effect that throws is told to whoever plays the path', () => {
  const broken = relayMachine.provide({
    actions: {
      ping: () => {
        throw new Error('no socket');
      },
    },
  });
  const path = transitionPaths(relayMachine).find(({ outcome }) => outcome.effects.includes('ping 1'));
  expect(() => replay(broken, path!)).toThrow('no socket');
});

it('other machines have none', () => {
  expect(() => transitionPaths(waitMachine)).toThrow('no paths for a machine "wait": known are peer, node, relay');
});

it('an unknown machine is a usage error that says which there are', async () => {
  const { code, stdout, stderr } = await runProgram(['paths', 'router']);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^error: [^\n]*router[^\n]*peer, node, relay[^\n]*\n$/);
});
