/** The demo's options: what is allowed is checked here, so that nothing is started for a command line with a slip in it. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { wholeNumber } from '../whole-number.js';

export type Action = 'freeze' | 'kill';
/** Which nodes are stopped: the one with the smallest or largest device id, or all of them (with two nodes: both ends). */
export type Side = 'smaller' | 'larger' | 'both';

export interface DemoOptions {
  nodes: number;
  /** Seconds each round keeps the nodes stopped (or, with `kill`, down), one batch of rounds per entry. */
  freeze: number[];
  rounds: number;
  side: Side[];
  action: Action;
  json: boolean;
}

const SIDES: readonly Side[] = ['smaller', 'larger', 'both'];

function secondsList(text: string): number[] {
  return text.split(',').map((part) => {
    const value = Number(part);
    if (!/^\d+(\.\d+)?$/.test(part) || value > 3600) {
      throw new InvalidArgumentError(
        'Allowed are seconds from 0 to 3600, several separated by commas, such as 5,40,100.',
      );
    }
    return value;
  });
}

function sideList(text: string): Side[] {
  const parts = text.split(',');
  if (!parts.every((part): part is Side => SIDES.includes(part as Side))) {
    throw new InvalidArgumentError(`Allowed are ${SIDES.join(', ')}, several separated by commas.`);
  }
  return parts;
}

export function addDemoOptions(command: Command): Command {
  return command
    .addOption(new Option('--nodes <n>', 'how many daemons, 2 to 16').default(3).argParser(wholeNumber(2, 16)))
    .addOption(
      new Option('--freeze <s[,s…]>', 'seconds to stay stopped; 0 to 3600').default([20], '20').argParser(secondsList),
    )
    .addOption(new Option('--rounds <n>', 'rounds per freeze and side').default(1).argParser(wholeNumber(1, 1000)))
    .addOption(
      new Option(
        '--side <side>',
        'who is stopped, by device id: smaller, larger, or both (with more than two nodes: all)',
      )
        .default(['smaller'], 'smaller')
        .argParser(sideList),
    )
    .addOption(
      new Option('--action <action>', 'SIGSTOP and SIGCONT, or SIGKILL and a new start')
        .default('freeze')
        .choices(['freeze', 'kill']),
    )
    .option('--json', 'one JSON object per round and a summary, each on a line', false);
}
