/** One lane for each peer: its states over time, and what happened. */
import { useRef, useState } from 'preact/hooks';
import { clockTime, duration, nameOf } from '../parts/format.js';
import { Glyph } from '../parts/glyph.js';
import { useServices, useSize, useTicking } from '../parts/hooks.js';
import { MarkGlyph, MarkLegend, markText } from '../parts/marks.js';
import { Windowed } from '../parts/windowed.js';
import type { ConsoleState, Lane, NetworkState } from '../store/state.js';
import { RecoveryCard } from './recovery-card.js';
import { LENGTHS_MS, type Stretch, shownMarks, shownSpans, ticks } from './timeline-view.js';

export function TimelineView({ state, network }: { state: ConsoleState; network: NetworkState }) {
  const [length, setLength] = useState(2);
  const [heldAtMs, hold] = useState<number | null>(null);
  const { store } = useServices();
  useTicking(length < 2 ? 100 : 250, heldAtMs === null);
  const nowMs = store.nowMs();
  const toMs = heldAtMs ?? nowMs;
  const lengthMs = LENGTHS_MS[length]!;
  const stretch = { fromMs: toMs - lengthMs, toMs };
  const [ref, { width }] = useSize<HTMLElement>();
  const trackPx = Math.max(60, width - (width < 560 ? 104 : 184));

  const zoom = (by: number) => setLength(Math.min(LENGTHS_MS.length - 1, Math.max(0, length + by)));
  const shift = (shares: number) => hold(Math.min(nowMs, toMs + shares * lengthMs));
  const keys: Record<string, () => void> = {
    '+': () => zoom(-1),
    '=': () => zoom(-1),
    '-': () => zoom(1),
    ArrowLeft: () => shift(-0.25),
    ArrowRight: () => shift(0.25),
    End: () => hold(null),
    ' ': () => hold(heldAtMs === null ? nowMs : null),
  };
  const drag = useRef<number | null>(null);

  return (
    <div class="timeline">
      {network.lastRecovery && (
        <RecoveryCard recovery={network.lastRecovery} lane={network.lanes.get(network.lastRecovery.device)} />
      )}
      <section
        class="panel grow"
        aria-label="Timeline. Arrow keys move it, plus and minus change its length, space holds it."
        ref={ref}
        tabIndex={0}
        onKeyDown={(event) => {
          const action = event.target === event.currentTarget ? keys[event.key] : undefined;
          if (action) {
            event.preventDefault();
            action();
          }
        }}
      >
        <header>
          <h2>Timeline</h2>
          <MarkLegend />
          <div class="tools inline">
            <button type="button" aria-label="Earlier" onClick={() => shift(-0.5)}>
              ‹
            </button>
            <button type="button" aria-label="Later" onClick={() => shift(0.5)}>
              ›
            </button>
            <button
              type="button"
              aria-label="Longer"
              disabled={length === LENGTHS_MS.length - 1}
              onClick={() => zoom(1)}
            >
              −
            </button>
            <output>{duration(lengthMs)}</output>
            <button type="button" aria-label="Shorter" disabled={length === 0} onClick={() => zoom(-1)}>
              +
            </button>
            <button
              type="button"
              class="hold"
              aria-pressed={heldAtMs !== null}
              onClick={() => hold(heldAtMs === null ? nowMs : null)}
            >
              {heldAtMs === null ? 'Pause' : 'Go on'}
            </button>
          </div>
        </header>
        <div
          class="lanes"
          onPointerDown={(event) => {
            drag.current = event.clientX;
          }}
          onPointerMove={(event) => {
            if (drag.current === null || event.buttons === 0) return;
            hold(Math.min(nowMs, toMs + ((drag.current - event.clientX) / trackPx) * lengthMs));
            drag.current = event.clientX;
          }}
          onPointerUp={() => {
            drag.current = null;
          }}
        >
          <Axis stretch={stretch} trackPx={trackPx} />
          <Windowed
            items={lanesOf(network)}
            rowPx={38}
            label="Lanes"
            keyOf={({ device }) => device}
            row={(lane) => (
              <LaneRow
                lane={lane}
                isOwn={lane === network.own}
                own={state.label}
                stretch={stretch}
                nowMs={nowMs}
                trackPx={trackPx}
              />
            )}
          />
        </div>
      </section>
    </div>
  );
}

/** This device, then peers in a steady order: a lane that jumps cannot be followed. */
function lanesOf({ own, lanes }: NetworkState): Lane[] {
  const sorted = [...lanes.values()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  return [own, ...sorted];
}

function Axis({ stretch, trackPx }: { stretch: Stretch; trackPx: number }) {
  const lengthMs = stretch.toMs - stretch.fromMs;
  const x = (atMs: number) => ((atMs - stretch.fromMs) / lengthMs) * trackPx;
  const every = trackPx < 420 ? 2 : 1;
  return (
    <svg class="axis" width={trackPx} height="22" aria-hidden="true">
      {ticks(stretch)
        .filter((atMs, n) => n % every === 0 && x(atMs) > 24 && x(atMs) < trackPx - 24)
        .map((atMs) => (
          <text key={atMs} x={x(atMs)} y="15">
            {clockTime(atMs, false)}
          </text>
        ))}
    </svg>
  );
}

interface LaneProps {
  lane: Lane;
  isOwn: boolean;
  own: string;
  stretch: Stretch;
  nowMs: number;
  trackPx: number;
}

const TRACK_PX = 26;
const LETTER_PX = 6.4;

/** `stale.probing` → `probing`: the rest is told by colour and height. */
const innerName = (detail: string): string => detail.slice(detail.lastIndexOf('.') + 1);

function LaneRow({ lane, isOwn, own, stretch, nowMs, trackPx }: LaneProps) {
  const last = lane.spans.at(-1);
  const marks = shownMarks(lane.marks, stretch);
  const says = isOwn
    ? 'this device'
    : `${nameOf(lane)}: ${last?.detail ?? 'unknown'}, came back ${lane.recoveries} times`;
  return (
    <div class="lane" data-device={lane.device}>
      <span class="who" title={says}>
        {isOwn ? <span class="glyph gear" aria-hidden="true" /> : <Glyph state={last?.state ?? 'gone'} />}
        <b>{isOwn ? own || 'this device' : nameOf(lane)}</b>
      </span>
      <svg width={trackPx} height={TRACK_PX} role="img" aria-label={says}>
        <rect class="bed" width={trackPx} height={TRACK_PX} rx="4" />
        {shownSpans(lane.spans, stretch, nowMs).map((span) => (
          <g key={span.fromMs} class={`span is-${span.state}`}>
            <rect
              x={span.at * trackPx}
              y={heightOf(span.state).y}
              width={Math.max(1, span.share * trackPx)}
              height={heightOf(span.state).height}
            />
            {span.detail !== 'active.steady' &&
              span.share * trackPx > innerName(span.detail).length * LETTER_PX + 12 && (
                <text x={span.at * trackPx + 6} y={TRACK_PX / 2 + 4}>
                  {innerName(span.detail)}
                </text>
              )}
            <title>{`${span.detail} since ${clockTime(span.fromMs)}: ${span.reason}`}</title>
          </g>
        ))}
        {marks.map(({ mark, at }) => (
          <g key={`${mark.atMs} ${mark.kind}`} transform={`translate(${at * trackPx} ${TRACK_PX / 2})`}>
            <title>{markText(mark)}</title>
            <MarkGlyph kind={mark.kind} />
          </g>
        ))}
      </svg>
    </div>
  );
}

/** The further from active, the lower the band: states can be told apart without their colours. */
function heightOf(state: string): { y: number; height: number } {
  const height = state === 'active' ? TRACK_PX : state === 'stale' ? 17 : state === 'handshaking' ? 12 : 7;
  return { y: TRACK_PX - height, height };
}
