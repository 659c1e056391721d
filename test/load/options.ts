/** The command line of the load measurement. */
import { parseArgs } from 'node:util';

export const USAGE = `npm run relay-load -- [options]

  --nodes N          devices, all with all [50]
  --seconds S        how long nothing happens [240]
  --relay-cmd CMD    relay to use instead of ours; {port} in it becomes the port on 127.0.0.1
  --json             one JSON object for each phase, on stdout`;

export interface Options {
  nodes: number;
  seconds: number;
  relayCommand: string | null;
  json: boolean;
}

export class UsageError extends Error {}

export function parseOptions(args: string[]): Options {
  const { values } = parse(args);
  return {
    nodes: number('nodes', values.nodes, 2, 1_000),
    seconds: number('seconds', values.seconds, 0, 86_400),
    relayCommand: values['relay-cmd'] ?? null,
    json: values.json,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        nodes: { type: 'string', default: '50' },
        seconds: { type: 'string', default: '240' },
        'relay-cmd': { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function number(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(`--${name}: "${text}" is not a whole number from ${least} to ${most}`);
}
