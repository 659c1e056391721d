/** How the console draws a chart: arrows between boxes, laid out by the real ELK. */
import elkjs from 'elkjs';
import { describe, expect, it } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import { nodeMachine, peerMachine, relayMachine } from '../../machines/index.js';
import { readChart } from '../../src/chart/chart.js';
import { arrowsOf, endsOf } from '../../src/console/chart/arrows.js';
import { armedDelay, eventName, lastMove, transitionOf } from '../../src/console/chart/last-step.js';
import { type Box, drawings } from '../../src/console/chart/layout.js';
import type { Actor, Step } from '../../src/console/store/state.js';
import { allTransitions } from '../../src/paths/chart.js';

const definitionOf = (machine: AnyStateMachine) =>
  JSON.stringify(machine.config, (_, value) => (typeof value === 'function' ? { type: value.name } : value));

describe('arrows', () => {
  it.each([
    ['a sibling', 'active.steady', 'active.verifying', ['active.steady', 'active.verifying', 'active']],
    ['across a border', 'stale.probing', 'sighted.failed', ['stale', 'sighted', '']],
    ['to itself', 'stale.holding', 'stale.holding', ['stale.holding', 'stale.holding', 'stale']],
    ['from whichever', 'active', 'active.verifying', ['active/any', 'active.verifying', 'active']],
    ['from the machine', '', 'handshaking.awaitingApproval', ['/any', 'handshaking', '']],
    ['two levels deep', 'a.b.c', 'a.d.e', ['a.b', 'a.d', 'a']],
  ])('%s', (_, source, target, [from, to, scope]) => {
    expect(endsOf(source, target)).toEqual({ from, to, scope });
  });

  it('none to a state around its own source', () => {
    expect(endsOf('a.b', 'a')).toBeNull();
  });

  it('every transition that leads somewhere is on an arrow', () => {
    const chart = readChart(definitionOf(peerMachine));
    const drawn = arrowsOf(chart).flatMap(({ transitions }) => transitions);
    expect(drawn).toHaveLength(chart.transitions.filter(({ targets }) => targets.length > 0).length);
  });
});

describe.each([nodeMachine, relayMachine, peerMachine] as AnyStateMachine[])('the drawing of $id', (machine) => {
  const elk = new elkjs.default();
  const draw = drawings((graph) => elk.layout(graph));
  const definition = definitionOf(machine);
  const chart = readChart(definition);
  const contains = (outer: Box, { x, y, width, height }: Omit<Box, 'state'>) =>
    x >= outer.x &&
    y >= outer.y &&
    x + width <= outer.x + outer.width + 0.01 &&
    y + height <= outer.y + outer.height + 0.01;

  it('has each state in its parent, apart from its siblings', async () => {
    const { boxes, width, height } = await draw(definition, chart);
    expect(boxes.map(({ state }) => state.path).sort()).toEqual(
      chart.states
        .slice(1)
        .map(({ path }) => path)
        .sort(),
    );
    for (const box of boxes) {
      const parent = boxes.find(({ state }) => state.path === box.state.parent);
      expect(
        parent ? contains(parent, box) : box.x >= 0 && box.x + box.width <= width && box.y + box.height <= height,
        box.state.path,
      ).toBe(true);
      for (const other of boxes) {
        const isApart =
          other.x >= box.x + box.width ||
          other.y >= box.y + box.height ||
          box.x >= other.x + other.width ||
          box.y >= other.y + other.height;
        if (other !== box && other.state.parent === box.state.parent)
          expect(isApart, `${box.state.path} ${other.state.path}`).toBe(true);
      }
    }
  });

  it('has each arrow between the boxes that it names', async () => {
    const { boxes, lines } = await draw(definition, chart);
    expect(lines.map(({ arrow }) => arrow.id).sort()).toEqual(
      arrowsOf(chart)
        .map(({ id }) => id)
        .sort(),
    );
    const touches = ({ x, y, width, height }: Box, at: { x: number; y: number }) =>
      at.x >= x - 1 && at.x <= x + width + 1 && at.y >= y - 1 && at.y <= y + height + 1;
    for (const { arrow, points } of lines) {
      const to = boxes.find(({ state }) => state.path === arrow.to)!;
      expect(touches(to, points.at(-1)!), arrow.id).toBe(true);
      const from = boxes.find(({ state }) => state.path === arrow.from);
      if (from) expect(touches(from, points[0]!), arrow.id).toBe(true);
    }
  });

  it('is worked out once', () => {
    expect(draw(definition, chart)).toBe(draw(definition, chart));
  });

  it('finds the transition that a step of the daemon took', () => {
    for (const transition of allTransitions(machine).keys() as MapIterator<{
      source: { id: string };
      target?: { id: string }[];
      guard?: { type: string } | string;
      eventType: string;
    }>) {
      const to = (transition.target ?? []).map(({ id }) => id);
      const guard = typeof transition.guard === 'object' ? transition.guard.type : (transition.guard ?? null);
      const step = { atMs: 1, eventType: transition.eventType, from: transition.source.id, to, guard };
      expect(transitionOf(chart, step), JSON.stringify(step)).toBeDefined();
    }
  });
});

describe('steps', () => {
  it('are named as in the chart', () => {
    expect(eventName('xstate.after.PROBE.peer.active.verifying')).toBe('after PROBE');
    expect(eventName('xstate.done.actor.0.peer.active.judging')).toBe('done');
    expect(eventName('xstate.error.actor.0.peer.active.judging')).toBe('failed');
    expect(eventName('')).toBe('always');
    expect(eventName('FRAME')).toBe('FRAME');
  });

  it('the last one that led somewhere counts', () => {
    const step = (to: string[], eventType: string): Step => ({ atMs: 1, eventType, from: 'm.a', to, guard: null });
    expect(lastMove({ steps: [step(['m.b'], 'GO'), step([], 'TICK')] } as unknown as Actor)?.eventType).toBe('GO');
    expect(lastMove({ steps: [] } as unknown as Actor)).toBeNull();
  });

  it('an armed delay belongs to a state', () => {
    expect(
      armedDelay({ eventType: 'xstate.after.STEADY_ANNOUNCE.node.cadence.steady', delayMs: 1, dueAtMs: 1 }),
    ).toEqual({ name: 'STEADY_ANNOUNCE', path: 'cadence.steady' });
  });
});
