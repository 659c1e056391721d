/** Runs rows × pairs × rounds, a few cells at a time. A cell that fails is a result like any other. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Cell, type Commands } from './cell.js';
import type { Options, Pair } from './options.js';
import type { Outcome, Row } from './rows.js';

export interface CellResult {
  row: string;
  smaller: string;
  larger: string;
  round: number;
  outcome: Outcome | null;
  failure: string | null;
}

export async function runMatrix(
  commands: Commands,
  rows: readonly Row[],
  { pairs, rounds, jobs, logs }: Pick<Options, 'pairs' | 'rounds' | 'jobs' | 'logs'>,
  done: (result: CellResult) => void,
): Promise<CellResult[]> {
  const waiting = rows.flatMap((row) =>
    pairs.flatMap((pair) => Array.from({ length: rounds }, (_, index) => ({ row, pair, round: index + 1 }))),
  );
  const results: CellResult[] = [];
  let made = 0;
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      made += 1;
      const result = await runCell(commands, next, `interop-${process.pid}-${made}`, logs);
      results.push(result);
      done(result);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return results;
}

async function runCell(
  commands: Commands,
  { row, pair, round }: { row: Row; pair: Pair; round: number },
  name: string,
  logs: string | null,
): Promise<CellResult> {
  const [smaller, larger] = pair;
  const about = { row: row.name, smaller, larger, round };
  try {
    const cell = await Cell.make(commands, pair, { name, autoApprove: row.autoApprove, log: logNames(about, logs) });
    try {
      const outcome = await row.run(cell);
      return { ...about, outcome: { ...outcome, ms: Math.round(outcome.ms * 10) / 10 }, failure: null };
    } finally {
      await cell.close();
    }
  } catch (error) {
    return { ...about, outcome: null, failure: (error as Error).message };
  }
}

function logNames({ row, smaller, larger, round }: Omit<CellResult, 'outcome' | 'failure'>, logs: string | null) {
  if (logs === null) return null;
  const folder = join(logs, `${row} ${smaller}-${larger} ${round}`.replaceAll(/[^\w.-]+/g, '-'));
  mkdirSync(folder, { recursive: true });
  return (process: string) => join(folder, `${process}.log`);
}
