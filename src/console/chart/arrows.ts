/**
 * The transitions of a chart as arrows that a person can follow. Twenty events between two states are one arrow; an
 * arrow that would cross borders goes from the outermost box to the outermost box; and what leads from a box to a
 * state inside of it starts at a sign "any" inside.
 */
import { type Chart, type ChartTransition, isWithin } from '../../chart/chart.js';

export interface Arrow {
  id: string;
  /** Path of a state, or `anyIn` of one. */
  from: string;
  to: string;
  /** The state that both ends are directly in. */
  scope: string;
  transitions: ChartTransition[];
}

/** Stands inside a state for "whichever of these it is in". */
export const anyIn = (path: string): string => `${path}/any`;

export function arrowsOf(chart: Chart): Arrow[] {
  const arrows = new Map<string, Arrow>();
  for (const transition of chart.transitions) {
    for (const target of transition.targets) {
      const ends = endsOf(transition.source, target);
      if (ends === null) continue;
      const id = `${ends.from}→${ends.to}`;
      const arrow = arrows.get(id) ?? { id, ...ends, transitions: [] };
      arrow.transitions.push(transition);
      arrows.set(id, arrow);
    }
  }
  return [...arrows.values()];
}

/** Null for a target around its own source: that arrow would end at a border that it never left. */
export function endsOf(source: string, target: string): Pick<Arrow, 'from' | 'to' | 'scope'> | null {
  if (source === target) return { from: source, to: target, scope: parts(source).slice(0, -1).join('.') };
  if (isWithin(target, source)) return { from: anyIn(source), to: childToward(source, target), scope: source };
  if (isWithin(source, target)) return null;
  const [a, b] = [parts(source), parts(target)];
  const scope = a
    .slice(
      0,
      a.findIndex((part, n) => part !== b[n]),
    )
    .join('.');
  return { from: childToward(scope, source), to: childToward(scope, target), scope };
}

const parts = (path: string): string[] => (path === '' ? [] : path.split('.'));

const childToward = (scope: string, path: string): string =>
  parts(path)
    .slice(0, parts(scope).length + 1)
    .join('.');
