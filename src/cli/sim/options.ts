/** The simulator's options: a run that cannot be what was meant does not start. */
import { randomInt } from 'node:crypto';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { FAULT_KINDS, type FaultKind } from '../../sim/faults/index.js';
import { wholeNumber } from '../whole-number.js';

export interface SimOptions {
  nodes: number;
  /** Of the first run; each further run takes the next number. */
  seed: number;
  /** Simulated, each run. */
  minutes: number;
  faults: readonly FaultKind[];
  runs: number;
  timeline: boolean;
  json: boolean;
}

const MAX_SEED = 4_294_967_295;

function faultList(text: string): FaultKind[] {
  const kinds = text.split(',');
  if (!kinds.every((kind): kind is FaultKind => FAULT_KINDS.includes(kind as FaultKind))) {
    throw new InvalidArgumentError(`Allowed are ${FAULT_KINDS.join(', ')}, several separated by commas.`);
  }
  return kinds;
}

export function addSimOptions(command: Command): Command {
  return command
    .addOption(new Option('--nodes <n>', 'devices, 2 to 300').default(20).argParser(wholeNumber(2, 300)))
    .addOption(
      new Option('--seed <n>', `0 to ${MAX_SEED}; the same number gives the same run`)
        .default(randomInt(1_000_000), 'a random one')
        .argParser(wholeNumber(0, MAX_SEED)),
    )
    .addOption(
      new Option('--minutes <n>', 'simulated minutes of each run, 5 to 1440')
        .default(60)
        .argParser(wholeNumber(5, 1_440)),
    )
    .addOption(
      new Option('--faults <kind[,kind…]>', `of ${FAULT_KINDS.join(', ')}`)
        .default(FAULT_KINDS, 'all of them')
        .argParser(faultList),
    )
    .addOption(
      new Option('--runs <n>', 'runs, each with the next seed').default(1).argParser(wholeNumber(1, 1_000_000)),
    )
    .option('--timeline', 'print what happened, a line for each event', false)
    .option('--json', 'one JSON object for each run and a summary, each on a line', false);
}
