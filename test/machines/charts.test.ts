/** What every chart promises to those who read, draw and embed it. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type AnyStateMachine, initialTransition } from 'xstate';
import {
  fallbackMachine,
  lanMachine,
  nodeMachine,
  outflowMachine,
  peerMachine,
  relayMachine,
  waitMachine,
} from '../../machines/index.js';
import { allNodes, allTransitions } from '../../src/paths/chart.js';

const MACHINES_DIR = new URL('../../machines/', import.meta.url);
const CHARTS: Record<string, { machine: AnyStateMachine; input: unknown }> = {
  fallback: { machine: fallbackMachine, input: undefined },
  lan: { machine: lanMachine, input: undefined },
  node: { machine: nodeMachine, input: undefined },
  peer: { machine: peerMachine, input: { id: 'peer', offersFirst: true, lastEpoch: 0 } },
  outflow: { machine: outflowMachine, input: undefined },
  relay: { machine: relayMachine, input: { url: 'ws://relay' } },
  wait: { machine: waitMachine, input: { limitMs: 1_000 } },
};

it('machines import xstate and each other, nothing else', () => {
  const imports = readdirSync(MACHINES_DIR)
    .map((file) => readFileSync(new URL(file, MACHINES_DIR), 'utf8'))
    .flatMap((text) => [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, path]) => path!));
  expect(imports).toContain('xstate');
  expect(imports.filter((path) => path !== 'xstate' && !/^\.\/[\w-]+\.js$/.test(path))).toEqual([]);
});

/** Strings and `{ type, params }` are names; a function is not. */
const isNamed = (part: unknown) => typeof part === 'string' || (typeof part === 'object' && part !== null);

it.each(Object.keys(CHARTS))('the %s chart names every action, guard, delay and actor', (name) => {
  const { machine } = CHARTS[name]!;
  const unnamed: string[] = [];
  const check = (where: string, parts: readonly unknown[]) => {
    if (!parts.every(isNamed)) unnamed.push(where);
  };
  for (const node of allNodes(machine)) {
    // As written: in `node.entry` xstate has put the arming of timers too.
    check(`${node.id} entry`, [node.config.entry ?? []].flat());
    check(`${node.id} exit`, [node.config.exit ?? []].flat());
    check(
      `${node.id} invoke`,
      node.invoke.map(({ src }) => src),
    );
    for (const { delay } of node.after) if (typeof delay !== 'string') unnamed.push(`${node.id} after ${delay}`);
  }
  for (const [transition, place] of allTransitions(machine)) {
    const { actions, guard } = transition as { actions: unknown[]; guard?: unknown };
    check(place, guard === undefined ? actions : [...actions, guard]);
  }
  expect(unnamed).toEqual([]);
});

it.each(Object.keys(CHARTS))('the context of the %s chart is plain JSON', (name) => {
  const { machine, input } = CHARTS[name]!;
  const [{ context }] = initialTransition(machine, input);
  expect(JSON.parse(JSON.stringify(context))).toEqual(context);
});
