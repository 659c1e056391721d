/** The table: one line for each row, one column for each pair; median and, of several rounds, the worst. */
import type { CellResult } from './matrix.js';

export function table(results: readonly CellResult[], rows: readonly string[]): string {
  const pairs = [...new Set(results.map(pairOf))];
  const lines = rows.map((row) => [
    row,
    ...pairs.map((pair) => cellText(results.filter((r) => r.row === row && pairOf(r) === pair))),
  ]);
  return [['smaller id / larger id', ...pairs], ['---', ...pairs.map(() => '---:')], ...lines]
    .map((columns) => `| ${columns.join(' | ')} |`)
    .join('\n');
}

const pairOf = ({ smaller, larger }: CellResult) => `${smaller} / ${larger}`;

function cellText(results: readonly CellResult[]): string {
  const times = results.flatMap(({ outcome }) => outcome?.ms ?? []).sort((a, b) => a - b);
  const failed = results.length - times.length;
  const parts: string[] = [];
  if (times.length > 0) parts.push(duration(times[times.length >> 1] as number));
  if (times.length > 1) parts.push(`(${duration(times.at(-1) as number)})`);
  if (failed > 0) parts.push(results.length === 1 ? 'failed' : `${failed} of ${results.length} failed`);
  return parts.join(' ');
}

/** Two meaningful digits are enough: 0.4 ms, 85 ms, 1.3 s. */
export function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** One line for each finished cell, for whoever watches. */
export function progress({ row, round, outcome, failure, ...pair }: CellResult): string {
  const details = Object.entries(outcome ?? {}).filter(([name]) => name !== 'ms');
  const more = details.map(([name, value]) => `${name} ${value}`).join(', ');
  const what = outcome ? `${duration(outcome.ms)}${more && ` (${more})`}` : `FAILED: ${failure}`;
  return `${pair.smaller} / ${pair.larger} | ${row} | round ${round}: ${what}`;
}
