/** A chart in the places that ELK found; moved by dragging or arrow keys, sized by wheel, keys or buttons. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type Chart, labelOf } from '../../chart/chart.js';
import { endsOf } from '../chart/arrows.js';
import { armedDelay, eventName, lastMove, pathOfId } from '../chart/last-step.js';
import { type Drawing, drawings, type Line, type Point } from '../chart/layout.js';
import { duration } from '../parts/format.js';
import { useServices, useSize, useTicking } from '../parts/hooks.js';
import type { Actor } from '../store/state.js';

const draw = drawings(async (graph) => (await import('../chart/elk.js')).layOut(graph));

export function ChartDrawing({ chart, actor }: { chart: Chart; actor: Actor }) {
  const [drawing, setDrawing] = useState<Drawing | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    draw(actor.definition, chart).then(setDrawing, (error: unknown) => setProblem(String(error)));
  }, [actor.definition]);
  if (problem !== null) return <p class="empty">This chart cannot be laid out: {problem}</p>;
  if (drawing === null) return <p class="empty">Laying out the chart …</p>;
  return <Canvas drawing={drawing} actor={actor} />;
}

interface View {
  /** What is in the middle of the window, in the drawing's coordinates. */
  x: number;
  y: number;
  /** 1 = as drawn; null = as large as fits. */
  zoom: number | null;
}

const ZOOM_STEP = 1.25;
/** The buttons must not lie on the chart. */
const TOOLS_PX = 46;

function Canvas({ drawing, actor }: { drawing: Drawing; actor: Actor }) {
  const [ref, { width, height }] = useSize<HTMLDivElement>();
  const [view, setView] = useState<View>({ x: 0, y: 0, zoom: null });
  const drag = useRef<Point | null>(null);
  const fit = Math.min(1.2, width / drawing.width, (height - TOOLS_PX) / drawing.height) || 1;
  const whole = { x: drawing.width / 2, y: drawing.height / 2 + TOOLS_PX / 2 / fit };
  const scale = view.zoom ?? fit;
  const middle = view.zoom === null ? whole : view;
  const size = { width: width / scale, height: height / scale };

  const zoomBy = (factor: number) => setView({ ...middle, zoom: Math.min(3, Math.max(fit * 0.7, scale * factor)) });
  const move = (dx: number, dy: number) => setView({ x: middle.x + dx / scale, y: middle.y + dy / scale, zoom: scale });
  const showAll = () => setView({ ...whole, zoom: null });
  const keys: Record<string, () => void> = {
    '+': () => zoomBy(ZOOM_STEP),
    '=': () => zoomBy(ZOOM_STEP),
    '-': () => zoomBy(1 / ZOOM_STEP),
    '0': showAll,
    ArrowLeft: () => move(-60, 0),
    ArrowRight: () => move(60, 0),
    ArrowUp: () => move(0, -60),
    ArrowDown: () => move(0, 60),
  };

  // A listener of the element itself: those of the framework cannot keep the page from scrolling.
  const wheel = useRef(zoomBy);
  wheel.current = zoomBy;
  useEffect(() => {
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      wheel.current(event.deltaY < 0 ? 1.1 : 1 / 1.1);
    };
    ref.current?.addEventListener('wheel', onWheel, { passive: false });
    return () => ref.current?.removeEventListener('wheel', onWheel);
  }, []);

  return (
    <div
      class="canvas"
      ref={ref}
      tabIndex={0}
      role="group"
      aria-label={`Statechart of ${actor.name}. Arrow keys move it, plus and minus size it, 0 shows all of it.`}
      onKeyDown={(event) => {
        const action = keys[event.key];
        if (action) {
          event.preventDefault();
          action();
        }
      }}
      onPointerDown={(event) => {
        drag.current = { x: event.clientX, y: event.clientY };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (drag.current === null) return;
        move(drag.current.x - event.clientX, drag.current.y - event.clientY);
        drag.current = { x: event.clientX, y: event.clientY };
      }}
      onPointerUp={() => {
        drag.current = null;
      }}
    >
      <svg
        viewBox={`${middle.x - size.width / 2} ${middle.y - size.height / 2} ${size.width} ${size.height}`}
        aria-hidden="true"
      >
        <defs>
          {['faint', 'way', 'taken'].map((kind) => (
            <marker
              key={kind}
              id={`tip-${kind}`}
              class={`tip is-${kind}`}
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              markerUnits="userSpaceOnUse"
              orient="auto"
            >
              <path d="M0 0L8 4L0 8Z" />
            </marker>
          ))}
        </defs>
        <States drawing={drawing} actor={actor} />
        <Lines drawing={drawing} actor={actor} />
        <Delays drawing={drawing} actor={actor} />
      </svg>
      <div class="tools">
        <button type="button" aria-label="Smaller" onClick={() => zoomBy(1 / ZOOM_STEP)}>
          −
        </button>
        <button type="button" aria-label="Larger" onClick={() => zoomBy(ZOOM_STEP)}>
          +
        </button>
        <button type="button" onClick={showAll}>
          all
        </button>
      </div>
    </div>
  );
}

function States({ drawing, actor }: { drawing: Drawing; actor: Actor }) {
  const lit = new Set(actor.lit);
  return (
    <>
      {drawing.signs.map(({ x, y, width, height }) => (
        <g key={`${x} ${y}`} class="any">
          <rect x={x} y={y} width={width} height={height} rx={height / 2} />
          <text x={x + width / 2} y={y + height / 2 + 4}>
            any
          </text>
        </g>
      ))}
      {drawing.boxes.map(({ state, x, y, width, height }) => {
        const isGroup = state.kind === 'compound' || state.kind === 'parallel';
        const classes = ['state', `is-${state.kind}`, lit.has(state.path) && 'is-lit', isGroup && 'is-group'];
        return (
          <g key={state.path} class={classes.filter(Boolean).join(' ')} data-path={state.path}>
            <rect x={x} y={y} width={width} height={height} rx={isGroup ? 10 : 8} />
            {state.kind === 'final' && <rect x={x + 4} y={y + 4} width={width - 8} height={height - 8} rx="6" />}
            <text x={isGroup ? x + 14 : x + width / 2} y={isGroup ? y + 21 : y + height / 2 + 4.5}>
              {state.name}
            </text>
          </g>
        );
      })}
    </>
  );
}

/** All are faint but those that lead out of where it is; the one taken last says what it was. */
function Lines({ drawing, actor }: { drawing: Drawing; actor: Actor }) {
  const lit = new Set(actor.lit);
  const step = lastMove(actor);
  const taken = new Set(
    step?.to.map((to) => endsOf(pathOfId(step.from), pathOfId(to))).map((ends) => `${ends?.from}→${ends?.to}`),
  );
  const isWay = ({ arrow }: Line) => arrow.transitions.some(({ source }) => lit.has(source));
  const kindOf = (line: Line) => (taken.has(line.arrow.id) ? 'taken' : isWay(line) ? 'way' : 'faint');
  const order = { faint: 0, way: 1, taken: 2 };
  const lines = useMemo(() => drawing.lines.map((line) => ({ line, d: pathOf(line.points) })), [drawing]);
  const sorted = lines
    .map((each) => ({ ...each, kind: kindOf(each.line) }) as const)
    .sort((a, b) => order[a.kind] - order[b.kind]);
  const last = sorted.findLast(({ kind }) => kind === 'taken');
  return (
    <>
      {sorted.map(({ line, d, kind }) => (
        <path
          key={line.arrow.id}
          class={`line is-${kind}`}
          d={d}
          marker-end={`url(#tip-${kind})`}
          data-arrow={line.arrow.id}
        >
          <title>{line.arrow.transitions.map(labelOf).join('\n')}</title>
        </path>
      ))}
      {last && step && (
        <Label
          at={middleOf(last.line.points)}
          text={labelOf({ event: eventName(step.eventType), guard: step.guard })}
        />
      )}
    </>
  );
}

function Label({ at, text }: { at: Point; text: string }) {
  const width = text.length * 6.6 + 14;
  return (
    <g class="step-label">
      <rect x={at.x - width / 2} y={at.y - 11} width={width} height="22" rx="11" />
      <text x={at.x} y={at.y + 4}>
        {text}
      </text>
    </g>
  );
}

/** How much of each armed delay is left, as a bar at the foot of its state. */
function Delays({ drawing, actor }: { drawing: Drawing; actor: Actor }) {
  useTicking(100, actor.armed.length > 0);
  const nowMs = useServices().store.nowMs();
  const boxes = new Map(drawing.boxes.map((box) => [box.state.path, box]));
  return (
    <>
      {actor.armed.map((armed) => {
        const { name, path } = armedDelay(armed);
        const box = boxes.get(path);
        if (box === undefined) return null;
        const left = Math.max(0, armed.dueAtMs - nowMs);
        const share = armed.delayMs > 0 ? Math.min(1, left / armed.delayMs) : 0;
        return (
          <g key={armed.eventType} class="delay">
            <rect class="track" x={box.x + 6} y={box.y + box.height - 6} width={box.width - 12} height="3" rx="1.5" />
            <rect x={box.x + 6} y={box.y + box.height - 6} width={(box.width - 12) * share} height="3" rx="1.5" />
            <title>{`${name}: ${duration(left)} left`}</title>
          </g>
        );
      })}
    </>
  );
}

const pathOf = (points: Point[]): string => points.map(({ x, y }, n) => `${n === 0 ? 'M' : 'L'}${x} ${y}`).join('');

/** Half way along the line. */
function middleOf(points: Point[]): Point {
  const lengths = points.slice(1).map((point, n) => Math.hypot(point.x - points[n]!.x, point.y - points[n]!.y));
  let rest = lengths.reduce((sum, length) => sum + length, 0) / 2;
  for (const [n, length] of lengths.entries()) {
    const [from, to] = [points[n]!, points[n + 1]!];
    if (rest <= length && length > 0) {
      const share = rest / length;
      return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
    }
    rest -= length;
  }
  return points[0] ?? { x: 0, y: 0 };
}
