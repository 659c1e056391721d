/** Which stretch of time is shown, and what of a lane falls into it. */
import type { MarkMessage } from '../../inspect/messages.js';
import type { Recovery, Span } from '../store/state.js';

export interface Stretch {
  fromMs: number;
  toMs: number;
}

export const LENGTHS_MS = [5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000];

export interface ShownSpan extends Span {
  /** Where it begins and how long it is, as shares of the stretch. */
  at: number;
  share: number;
}

export function shownSpans(spans: Span[], { fromMs, toMs }: Stretch, nowMs: number): ShownSpan[] {
  const shown: ShownSpan[] = [];
  for (const [n, span] of spans.entries()) {
    const endMs = Math.min(spans[n + 1]?.fromMs ?? nowMs, toMs);
    const startMs = Math.max(span.fromMs, fromMs);
    if (endMs <= startMs || span.state === 'gone') continue;
    shown.push({ ...span, at: (startMs - fromMs) / (toMs - fromMs), share: (endMs - startMs) / (toMs - fromMs) });
  }
  return shown;
}

export const shownMarks = (marks: MarkMessage[], { fromMs, toMs }: Stretch): { mark: MarkMessage; at: number }[] =>
  marks
    .filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
    .map((mark) => ({ mark, at: (mark.atMs - fromMs) / (toMs - fromMs) }));

/** Round times inside the stretch, five to ten of them. */
export function ticks({ fromMs, toMs }: Stretch): number[] {
  const steps = [500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000];
  const step = steps.find((each) => (toMs - fromMs) / each <= 8) ?? 600_000;
  const found: number[] = [];
  for (let at = Math.ceil(fromMs / step) * step; at <= toMs; at += step) found.push(at);
  return found;
}

export interface Stage {
  step: Recovery['steps'][number]['step'];
  tookMs: number;
}

/** How long each step of a recovery took: from the one before it, the first one from the thaw or the first doubt. */
export function stagesOf({ fromMs, steps }: Recovery): Stage[] {
  return steps.map(({ step, atMs }, n) => ({ step, tookMs: Math.max(0, atMs - (steps[n - 1]?.atMs ?? fromMs)) }));
}
