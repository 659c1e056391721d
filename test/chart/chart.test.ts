/** The chart that the console and the docs draw, read from the text that inspectors are sent, against the machines. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import * as machines from '../../machines/index.js';
import { readChart } from '../../src/chart/chart.js';
import { mermaidDiagrams } from '../../src/chart/mermaid.js';
import { allNodes, allTransitions } from '../../src/paths/chart.js';

const MACHINES = Object.values(machines).filter(
  (each): each is AnyStateMachine & typeof each => typeof each === 'object' && each !== null && 'root' in each,
) as AnyStateMachine[];

const definitionOf = (machine: AnyStateMachine) =>
  JSON.stringify(machine.config, (_, value) => (typeof value === 'function' ? { type: value.name } : value));

it('the diagrams of the docs are what the machines make of them today', () => {
  execFileSync(process.execPath, ['scripts/diagrams.mjs', '--check'], { stdio: 'inherit' });
});

describe.each(MACHINES)('$id', (machine) => {
  const chart = readChart(definitionOf(machine));
  const pathOf = (node: { path: string[] }) => node.path.join('.');

  it('has the states of the machine', () => {
    const states = allNodes(machine).map((node) => {
      const initial = node.type === 'compound' ? pathOf(node.initial.target[0]!) : null;
      return { path: pathOf(node), parent: node.parent ? pathOf(node.parent) : null, kind: node.type, initial };
    });
    expect(chart.states.map(({ path, parent, kind, initial }) => ({ path, parent, kind, initial }))).toEqual(states);
  });

  it('has every transition of the machine, with its guard and its targets', () => {
    const line = (source: string, guard: unknown, targets: string[]) => `${source} [${guard}] ${targets.join(' ')}`;
    const resolved = [...allTransitions(machine).keys()].map((transition) => {
      const { source, guard, target } = transition as {
        source: { path: string[] };
        guard?: string | { type: string };
        target?: { path: string[] }[];
      };
      const name = typeof guard === 'object' ? guard.type : (guard ?? null);
      return line(pathOf(source), name, (target ?? []).map(pathOf));
    });
    const read = chart.transitions.map(({ source, guard, targets }) => line(source, guard, targets));
    expect(read.sort()).toEqual(resolved.sort());
  });

  it('draws every state once', () => {
    const drawn = mermaidDiagrams(chart)
      .map(({ mermaid }) => mermaid)
      .join('\n');
    for (const { path } of chart.states.slice(1)) expect(drawn).toContain(`as s_${path.replaceAll('.', '_')}`);
  });
});

describe('readChart', () => {
  it('names events, guards and reasons as people know them', () => {
    const { transitions } = readChart(
      JSON.stringify({
        id: 'm',
        initial: 'a',
        states: {
          a: {
            after: {
              SOON: {
                target: 'b',
                guard: { type: 'ready' },
                actions: [{ type: 'because', params: { reason: 'late' } }],
              },
            },
            always: { guard: 'now', target: '#deep.inner' },
            invoke: { src: 'load', onDone: 'b', onError: 'b' },
          },
          b: { id: 'deep', states: { inner: {} }, onDone: '#m.a', on: { STAY: { actions: 'note' } } },
        },
      }),
    );
    expect(transitions).toEqual([
      { source: 'a', event: 'after SOON', guard: 'ready', targets: ['b'], actions: ['because'], reason: 'late' },
      { source: 'a', event: 'always', guard: 'now', targets: ['b.inner'], actions: [], reason: null },
      { source: 'a', event: 'load done', guard: null, targets: ['b'], actions: [], reason: null },
      { source: 'a', event: 'load failed', guard: null, targets: ['b'], actions: [], reason: null },
      { source: 'b', event: 'STAY', guard: null, targets: [], actions: ['note'], reason: null },
      { source: 'b', event: 'done', guard: null, targets: ['a'], actions: [], reason: null },
    ]);
  });

  it('an actor that is no machine is one state without a way out', () => {
    const { states, transitions } = readChart('{"id":"ioTurn"}');
    expect(states).toEqual([{ path: '', name: 'ioTurn', parent: null, kind: 'atomic', initial: null }]);
    expect(transitions).toEqual([]);
  });

  it('says which transition leads nowhere', () => {
    const broken = JSON.stringify({ id: 'm', states: { a: { on: { GO: 'nowhere' } } } });
    expect(() => readChart(broken)).toThrow('a transition of "a" leads to "nowhere", which does not exist');
  });
});
