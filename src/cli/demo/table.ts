/** What the rounds add up to: one row per freeze length and side, and the same as a table for people. */
import type { Action, Side } from './options.js';
import type { RoundResult } from './round.js';

export interface SummaryRow {
  freezeS: number;
  side: Side;
  action: Action;
  rounds: number;
  recovered: number;
  /** Of "thaw → first message both ways" of the slowest pair of each round that recovered; null when none did. */
  medianMs: number | null;
  worstMs: number | null;
  /** How many pairs came back how. */
  via: Record<string, number>;
  newEpochs: number;
}

export function summarise(rounds: readonly RoundResult[]): SummaryRow[] {
  const groups = new Map<string, [RoundResult, ...RoundResult[]]>();
  for (const round of rounds) {
    const key = `${round.freezeS} ${round.side}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [round]);
    else group.push(round);
  }
  return [...groups.values()].map((group) => {
    const { freezeS, side, action } = group[0];
    const times = group.flatMap((round) => round.bothWaysMs ?? []).sort((a, b) => a - b);
    const pairs = group.flatMap((round) => round.pairs);
    const via: Record<string, number> = {};
    for (const pair of pairs) via[pair.via] = (via[pair.via] ?? 0) + 1;
    return {
      freezeS,
      side,
      action,
      rounds: group.length,
      recovered: group.filter((round) => round.recovered).length,
      medianMs: median(times),
      worstMs: times.at(-1) ?? null,
      via,
      newEpochs: pairs.reduce((sum, pair) => sum + pair.newEpochs, 0),
    };
  });
}

export function formatTable(rows: readonly SummaryRow[]): string {
  const head = ['stopped', 'side', 'rounds', 'recovered', 'median', 'worst', 'new sessions', 'via'];
  const cells = rows.map((row) => [
    `${row.freezeS} s`,
    row.side,
    String(row.rounds),
    String(row.recovered),
    milliseconds(row.medianMs),
    milliseconds(row.worstMs),
    String(row.newEpochs),
    Object.entries(row.via)
      .map(([via, count]) => `${via} ×${count}`)
      .join(', '),
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]!.length)));
  const line = (row: string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd();
  return [head, ...cells].map(line).join('\n');
}

function median(sorted: readonly number[]): number | null {
  if (sorted.length === 0) return null;
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

function milliseconds(ms: number | null): string {
  return ms === null ? '–' : `${Math.round(ms)} ms`;
}
