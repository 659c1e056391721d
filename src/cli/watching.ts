/** The commands to watch a daemon by. Each is loaded when it runs. */
import type { Command } from 'commander';
import { parsePort } from './parse-port.js';
import { wholeNumber } from './whole-number.js';

const HOME = ['--home <dir>', 'home folder of the daemon (default: $MYOWNMESH_HOME, else ~/.myownmesh)'] as const;
const PORT = ['--port <port>', 'port on 127.0.0.1 (default: any that is free)', parsePort] as const;
const NO_OPEN = ['--no-open', 'print the addresses only'] as const;

export function addWatching(program: Command): void {
  const name = program.name();
  program
    .command('console')
    .description('open the mesh console of the running daemon in a browser')
    .option(...HOME)
    .option(...PORT)
    .option(...NO_OPEN)
    .action(async (options) => (await import('./inspect.js')).inspect('console', name, options));
  program
    .command('inspect')
    .description('open the machines of the running daemon in the Stately inspector')
    .option(...HOME)
    .option(...PORT)
    .option(...NO_OPEN)
    .action(async (options) => (await import('./inspect.js')).inspect('stately', name, options));
  program
    .command('top')
    .description(
      'peers, states, round trips and recoveries of the running daemon in this terminal; plain text in a pipe',
    )
    .option(...HOME)
    .action(async (options) => (await import('./top.js')).top(name, options));
  program
    .command('record <file>')
    .description('record what the machines of the running daemon do, until Ctrl-C')
    .option(...HOME)
    .option('--seconds <n>', 'end after this time', wholeNumber(1, 86_400))
    .option('--max-mb <n>', 'end at this size', wholeNumber(1, 256), 64)
    .action(async (file, options) => (await import('./record.js')).record(name, file, options));
  program
    .command('replay <file>')
    .description('play a recording in the mesh console, until Ctrl-C')
    .option(...PORT)
    .option(...NO_OPEN)
    .option('--speed <n>', 'so many times as fast', wholeNumber(1, 100), 1)
    .action(async (file, options) => (await import('./replay.js')).replay(file, options));
}
