/** What the simulator tells people, and programs. */
import { FAULT_KINDS } from '../../sim/faults/index.js';
import { HISTOGRAM_MS, histogram } from '../../sim/recoveries.js';
import type { RunResult } from '../../sim/run.js';
import type { Tally } from '../../sim/tally.js';
import type { SimOptions } from './options.js';

const BAR_CHARS = 40;
const seconds = (ms: number) => `${ms / 1_000} s`;

/** The command that plays one run again and shows what happened in it. */
function replayCommand({ nodes, minutes, faults }: SimOptions, seed: number): string {
  const kinds = faults.length === FAULT_KINDS.length ? '' : ` --faults ${faults.join(',')}`;
  return `wakemesh sim --nodes ${nodes} --minutes ${minutes}${kinds} --seed ${seed} --timeline`;
}

/** Nothing for a run in which every rule held. */
export function failureLines(options: SimOptions, { ok, seed, violations }: RunResult): string[] {
  if (ok) return [];
  const broken = violations.map(({ rule, atMs, text }) => `  ${(atMs / 1_000).toFixed(3)} ${rule}: ${text}`);
  return [`seed ${seed} broke rules:`, ...broken, `  see it happen: ${replayCommand(options, seed)}`];
}

export function tallyLines({ seed }: SimOptions, tally: Tally, cpuMs: number): string[] {
  const { faults, recoveries, runs, simulatedMs, slowestMs, failedSeeds } = tally;
  const seeds = runs === 1 ? `seed ${seed}` : `${runs} runs, seeds ${seed} to ${seed + runs - 1}`;
  const most = Math.max(1, ...recoveries);
  return [
    `${seeds}: ${Math.round(simulatedMs / 60_000)} simulated minutes in ${seconds(Math.round(cpuMs / 100) * 100)} of CPU`,
    '',
    'Faults',
    ...FAULT_KINDS.filter((kind) => faults[kind].count > 0).map((kind) => {
      const { count, runs: hit } = faults[kind];
      return `  ${kind.padEnd(16)}${String(count).padStart(6)}${runs === 1 ? '' : `  in ${hit} runs`}`;
    }),
    '',
    'Pairs that a fault touched, active at both ends again this long after its end',
    ...recoveries.map((count, index) => {
      const bound = HISTOGRAM_MS[index];
      const label = bound === undefined ? 'later' : `within ${seconds(bound)}`;
      return `  ${label.padEnd(14)}${String(count).padStart(8)}  ${'#'.repeat(Math.ceil((count / most) * BAR_CHARS))}`.trimEnd();
    }),
    '',
    `After the last fault all were together within ${seconds(Math.round(slowestMs))}.`,
    failedSeeds.length === 0 ? 'Every rule held.' : `Rules were broken with seeds ${failedSeeds.join(', ')}.`,
  ];
}

/** For `--json`. Without the timeline, which can be had again from the seed. */
export function outline({ lines: _, recoveriesMs, ...result }: RunResult): object {
  return { kind: 'run', ...result, recoveries: histogram(recoveriesMs) };
}

export function summary(tally: Tally, cpuMs: number): object {
  return { kind: 'summary', ...tally, histogramMs: HISTOGRAM_MS, cpuMs };
}
