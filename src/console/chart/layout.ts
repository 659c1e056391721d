/**
 * Where the states of a chart stand, worked out by ELK in a worker of its own: its megabyte is loaded when the first
 * chart is looked at, and its second of work never holds up the page.
 */
import type { ElkNode } from 'elkjs/lib/elk-api.js';
import type { Chart, ChartState } from '../../chart/chart.js';
import { type Arrow, anyIn, arrowsOf } from './arrows.js';

export interface Point {
  x: number;
  y: number;
}
export interface Sign extends Point {
  width: number;
  height: number;
}
export interface Box extends Sign {
  state: ChartState;
}
export interface Line {
  arrow: Arrow;
  points: Point[];
}
/** All positions from the upper left corner of the drawing. */
export interface Drawing {
  width: number;
  height: number;
  boxes: Box[];
  /** "any" */
  signs: Sign[];
  lines: Line[];
}

const LETTER_PX = 7.5;

const ROOT = '(machine)';
const idOf = (path: string) => (path === '' ? ROOT : path);

/** Boxes are laid out from left to right inside, and below each other outside: that fills a window best. */
export function elkGraph(chart: Chart, arrows: Arrow[]): ElkNode {
  const insideOf = (scope: string): Pick<ElkNode, 'children' | 'edges'> => {
    const states = chart.states.filter(({ parent }) => parent === scope).map(nodeOf);
    const edges = arrows.filter((arrow) => arrow.scope === scope);
    const hasAny = edges.some(({ from }) => from === anyIn(scope));
    return {
      children: hasAny ? [...states, { id: anyIn(scope), width: 36, height: 22 }] : states,
      edges: edges.map(({ id, from, to }) => ({ id, sources: [idOf(from)], targets: [idOf(to)] })),
    };
  };
  const nodeOf = ({ path, name }: ChartState): ElkNode => {
    const inside = insideOf(path);
    const title = Math.max(80, name.length * LETTER_PX + 34);
    if (inside.children?.length === 0) return { id: path, width: title, height: 36 };
    const options = { 'elk.padding': '[top=40,left=16,bottom=16,right=16]', 'elk.direction': 'RIGHT', ...SPACING };
    return { id: path, ...inside, layoutOptions: options };
  };
  return {
    id: ROOT,
    ...insideOf(''),
    layoutOptions: { 'elk.padding': '[top=16,left=16,bottom=16,right=16]', 'elk.direction': 'DOWN', ...SPACING },
  };
}

const SPACING = {
  'elk.algorithm': 'layered',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.aspectRatio': '1.3',
  'elk.spacing.nodeNode': '20',
  'elk.spacing.edgeEdge': '10',
  'elk.spacing.edgeNode': '14',
  'elk.layered.spacing.nodeNodeBetweenLayers': '30',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '10',
  'elk.layered.spacing.edgeNodeBetweenLayers': '14',
  'elk.layered.considerModelOrder.strategy': 'PREFER_NODES',
  'elk.layered.cycleBreaking.strategy': 'MODEL_ORDER',
};

/** ELK's positions are relative: of a node to its parent, of an edge to its `container`. */
export function drawingOf(chart: Chart, arrows: Arrow[], laidOut: ElkNode): Drawing {
  const drawing: Drawing = { width: laidOut.width ?? 0, height: laidOut.height ?? 0, boxes: [], signs: [], lines: [] };
  const stateOf = new Map(chart.states.map((state) => [state.path, state]));
  const arrowOf = new Map(arrows.map((arrow) => [arrow.id, arrow]));
  const corners = new Map<string, Point>();
  const place = (node: ElkNode, { x, y }: Point): void => {
    const corner = { x: x + (node.x ?? 0), y: y + (node.y ?? 0) };
    corners.set(node.id, corner);
    const box = { ...corner, width: node.width ?? 0, height: node.height ?? 0 };
    const state = stateOf.get(node.id);
    if (state) drawing.boxes.push({ ...box, state });
    else if (node !== laidOut) drawing.signs.push(box);
    for (const child of node.children ?? []) place(child, corner);
  };
  const connect = (node: ElkNode): void => {
    for (const edge of node.edges ?? []) {
      const { container } = edge as { container?: string };
      const corner = corners.get(container ?? node.id)!;
      for (const { startPoint, bendPoints = [], endPoint } of edge.sections ?? []) {
        const points = [startPoint, ...bendPoints, endPoint].map(({ x, y }) => ({ x: x + corner.x, y: y + corner.y }));
        drawing.lines.push({ arrow: arrowOf.get(edge.id)!, points });
      }
    }
    node.children?.forEach(connect);
  };
  place(laidOut, { x: 0, y: 0 });
  connect(laidOut);
  return drawing;
}

export type LayOut = (graph: ElkNode) => Promise<ElkNode>;

/** One drawing for each definition, however many actors share it. */
export function drawings(layOut: LayOut): (definition: string, chart: Chart) => Promise<Drawing> {
  const known = new Map<string, Promise<Drawing>>();
  return (definition, chart) => {
    let drawing = known.get(definition);
    if (drawing === undefined) {
      const arrows = arrowsOf(chart);
      drawing = layOut(elkGraph(chart, arrows)).then((laidOut) => drawingOf(chart, arrows, laidOut));
      known.set(definition, drawing);
    }
    return drawing;
  };
}
