/** The budget as a table for people: a row for each freeze and end, a column for each loss and relay. */
import { type Cell, LOSSES, RELAYS } from './cells.js';

export interface Result {
  cell: Cell;
  /** Null: not within the limit. */
  ms: number | null;
  boundMs: number;
  /** Why the bound is above two seconds; empty when it is not. */
  forcedBy: string;
}

const COLUMN = 22;
const NAME = 30;
const TWO_SECONDS_MS = 2_000;

export function tableOf(title: string, results: readonly Result[]): string {
  const columns = LOSSES.flatMap((lost) => RELAYS.map((relay) => ({ lost, relay })));
  const header = columns
    .map(({ lost, relay }) => `${lost}${relay === 'up' ? '' : ', relay'}`.padStart(COLUMN))
    .join('');
  const rows = new Map<string, Result[]>();
  for (const result of results) {
    const name = `${result.cell.freezeSeconds} s, ${result.cell.frozen}`;
    rows.set(name, [...(rows.get(name) ?? []), result]);
  }
  const lines = [...rows].map(([name, ofRow]) => {
    const cells = columns.map(({ lost, relay }) => {
      const result = ofRow.find(({ cell }) => cell.lost === lost && cell.relay === relay);
      return (result ? `${shown(result.ms)} of ${result.boundMs}` : '').padStart(COLUMN);
    });
    return name.padEnd(NAME) + cells.join('');
  });
  const slow = results.filter(({ boundMs }) => boundMs > TWO_SECONDS_MS);
  const reasons = [...new Set(slow.map(({ forcedBy }) => forcedBy))].map(
    (reason) => `${slow.filter(({ forcedBy }) => forcedBy === reason).length} cells above 2 s: ${reason}`,
  );
  return [
    `${title}, ms until messages flow both ways again, of what is allowed`,
    ''.padEnd(NAME) + header,
    ...lines,
    ...reasons,
  ].join('\n');
}

const shown = (ms: number | null) => (ms === null ? 'never' : String(Math.round(ms)));
