/** The runner's command line. */
import { parseArgs } from 'node:util';

export const USAGE = `npm run interop -- --upstream PATH [options]   (Linux, root)

  --upstream PATH    the other daemon's binary; anything with the same command line and control socket
  --ours PATH        our program [that of this checkout]
  --relay-cmd CMD    relay to use instead of ours; {port} in it becomes the port on 127.0.0.1
  --pairs LIST       smaller/larger id of each column [ours/upstream,upstream/ours]
  --rows LIST        only rows whose name begins with one of these
  --freeze LIST      seconds of the freeze rows [5,40,100]
  --rounds N         runs of each cell; the table shows median and worst [1]
  --jobs N           cells at the same time [4]
  --logs DIR         keep what relays and daemons wrote
  --json             one JSON object for each cell, on stdout`;

export type Kind = 'ours' | 'upstream';
/** Who has the smaller device id, and who has the larger. */
export type Pair = readonly [smaller: Kind, larger: Kind];

export interface Options {
  upstream: string;
  ours: string;
  relayCommand: string | null;
  pairs: Pair[];
  rows: string[];
  freezeS: number[];
  rounds: number;
  jobs: number;
  logs: string | null;
  json: boolean;
}

export class UsageError extends Error {}

export function parseOptions(args: string[]): Options {
  const { values } = parse(args);
  if (values.upstream === undefined) throw new UsageError('--upstream is missing: the path of the other daemon');
  if (values.ours === undefined) throw new UsageError('--ours is missing: the path of our program');
  return {
    upstream: values.upstream,
    ours: values.ours,
    relayCommand: values['relay-cmd'] ?? null,
    pairs: list(values.pairs).map(pair),
    rows: list(values.rows ?? ''),
    freezeS: list(values.freeze).map((text) => number('freeze', text, 0)),
    rounds: number('rounds', values.rounds, 1),
    jobs: number('jobs', values.jobs, 1),
    logs: values.logs ?? null,
    json: values.json,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        upstream: { type: 'string' },
        ours: { type: 'string' },
        'relay-cmd': { type: 'string' },
        pairs: { type: 'string', default: 'ours/upstream,upstream/ours' },
        rows: { type: 'string' },
        freeze: { type: 'string', default: '5,40,100' },
        rounds: { type: 'string', default: '1' },
        jobs: { type: 'string', default: '4' },
        logs: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

const list = (text: string) => text.split(',').filter((part) => part !== '');

function pair(text: string): Pair {
  const [smaller, larger, ...more] = text.split('/');
  if (!isKind(smaller) || !isKind(larger) || more.length > 0) {
    throw new UsageError(`--pairs: "${text}" is not one of ours/upstream, upstream/ours, ours/ours, upstream/upstream`);
  }
  return [smaller, larger];
}

const isKind = (text: string | undefined): text is Kind => text === 'ours' || text === 'upstream';

function number(name: string, text: string, least: number): number {
  const value = Number(text);
  if (text === '' || !Number.isFinite(value) || value < least) {
    throw new UsageError(`--${name}: "${text}" is not a number of at least ${least}`);
  }
  return value;
}
