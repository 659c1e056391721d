/**
 * A chart as Mermaid diagrams: one for each level, since a chart of thirty states on one sheet is read by nobody. A
 * diagram shows what is directly inside one state, and names what lies outside.
 */
import { type Chart, type ChartState, type ChartTransition, isWithin, labelOf } from './chart.js';

export interface Diagram {
  /** Path of the state whose inside it shows; '' for the machine. */
  scope: string;
  mermaid: string;
}

export function mermaidDiagrams(chart: Chart): Diagram[] {
  // The regions of a parallel state are drawn together, so they have no diagrams of their own.
  const isRegion = ({ parent }: ChartState) =>
    chart.states.some(({ path, kind }) => path === parent && kind === 'parallel');
  const scopes = chart.states.filter((state) => ['compound', 'parallel'].includes(state.kind) && !isRegion(state));
  return scopes.map((scope) => ({ scope: scope.path, mermaid: diagram(chart, scope) }));
}

function diagram(chart: Chart, scope: ChartState): string {
  const regions = scope.kind === 'parallel' ? childrenOf(chart, scope.path) : [];
  const body =
    regions.length > 0
      ? regions.flatMap((region) => [
          `  state ${quoted(region.name)} as ${idOf(region.path)} {`,
          ...inside(chart, region).map((line) => `  ${line}`),
          '  }',
        ])
      : inside(chart, scope);
  const ofScope = regions.length > 0 ? edgesOf(chart, scope.path, regions) : [];
  return ['stateDiagram-v2', ...body, ...ofScope].join('\n');
}

function inside(chart: Chart, scope: ChartState): string[] {
  const children = childrenOf(chart, scope.path);
  const finals = children.filter(({ kind }) => kind === 'final').map(({ path }) => `  ${idOf(path)} --> [*]`);
  return [
    ...children.map(({ path, name, kind }) => {
      const more = kind === 'compound' || kind === 'parallel' ? ' …' : '';
      return `  state ${quoted(name + more)} as ${idOf(path)}`;
    }),
    ...(scope.initial === null ? [] : [`  [*] --> ${idOf(scope.initial)}`]),
    ...edgesOf(chart, scope.path, children),
    ...finals,
  ];
}

/** Transitions between the children, from the scope itself ("any"), and out of it. */
function edgesOf(chart: Chart, scope: string, children: ChartState[]): string[] {
  const holderOf = (path: string) => children.find((child) => isWithin(path, child.path));
  const labels = new Map<string, Set<string>>();
  const outside = new Set<string>();
  let fromAny = false;
  for (const transition of chart.transitions.filter(({ source }) => isWithin(source, scope))) {
    const from = holderOf(transition.source);
    for (const target of transition.targets) {
      const to = holderOf(target);
      const isInsideOneChild = from !== undefined && from === to && from.kind !== 'atomic';
      // What leaves a child from deep inside is told there in detail; here it is told which events do it.
      const isDeep = from !== undefined && from.path !== transition.source;
      if (isInsideOneChild || (isDeep && to === undefined)) continue;
      if (to === undefined && target !== scope) outside.add(target);
      if (from === undefined) fromAny = true;
      const edge = `${from ? idOf(from.path) : `${idOf(scope)}_any`} --> ${idOf((to ?? { path: target }).path)}`;
      labels.set(edge, (labels.get(edge) ?? new Set()).add(isDeep ? eventOf(transition) : labelOf(transition)));
    }
  }
  const any = `  state ${quoted(scope === '' ? 'any state' : `any of ${scope}`)} as ${idOf(scope)}_any`;
  return [
    ...(fromAny ? [any] : []),
    ...[...outside].map((path) => `  state ${quoted(path)} as ${idOf(path)}`),
    ...[...labels].map(([edge, events]) => `  ${edge} : ${[...events].join('<br/>')}`),
  ];
}

/** What waits for nothing is told by its guard alone. */
const eventOf = (transition: ChartTransition): string =>
  transition.event === 'always' ? labelOf(transition) : transition.event;

const childrenOf = (chart: Chart, scope: string): ChartState[] => chart.states.filter(({ parent }) => parent === scope);

const quoted = (text: string): string => JSON.stringify(text);
/** Mermaid takes some words for its own. */
const idOf = (path: string): string => `s_${path.replaceAll('.', '_')}`;
