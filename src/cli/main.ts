#!/usr/bin/env node
/** The program. What a verb needs is loaded when the verb runs: `ctl` and `--help` answer without loading WebRTC. */
import { basename } from 'node:path';
import { Argument, Command, CommanderError } from 'commander';
import { messageOf } from '../daemon/errors.js';
import { VERSION } from '../daemon/version.js';
import { addConfig } from './config.js';
import { addCtl } from './ctl.js';
import { addIdentity } from './identity.js';
import { parsePort } from './parse-port.js';
import { addWatching } from './watching.js';

const USAGE_ERROR = 2;

/** Installed under two names; clients read the version after whichever they called. */
const name = basename(process.argv[1] ?? '').startsWith('myownmesh') ? 'myownmesh' : 'wakemesh';
const verb = process.argv[2] ?? '';
process.title = `myownmesh ${verb}`.trim();

const program = new Command(name)
  .description('A private peer-to-peer mesh that comes back the instant a frozen machine thaws')
  .version(`${name} ${VERSION}`, '-V, --version')
  .exitOverride();

program
  .command('up')
  .description('run a node in this terminal: makes its home on the first run, shows peers, sends what you type')
  .option('--home <dir>', 'home folder (default: $MYOWNMESH_HOME, else ~/.wakemesh)')
  .option('--network <id>', 'network to join (default: a new one)')
  .option('--relay <url>', 'relay to meet at (default: one inside this process)')
  .option('--lan', 'open it to the local network, and ask before a device is admitted')
  .action(async (options) => (await import('./up.js')).up(options));
program
  .command('serve')
  .description('run the daemon on $MYOWNMESH_HOME (default ~/.myownmesh)')
  .option('--inspect [port]', 'let it be watched from the first moment (default port: any); see `inspect`', parsePort)
  .action(async (options) => (await import('./serve.js')).serve(options));
program
  .command('relay')
  .description('run a signaling relay alone')
  .requiredOption('--port <port>', 'TCP port, 0 for any', parsePort)
  .option('--host <host>', 'address to listen on', '127.0.0.1')
  .action(async (options) => (await import('./relay.js')).relay(options));
program
  .command('paths')
  .description('transition tests generated from the statecharts: one path for each transition, in words')
  .addArgument(new Argument('[machine]', 'one of them alone').choices(['peer', 'node', 'relay']))
  .option('--json', 'with every step, to play elsewhere', false)
  .action(async (machine, options) => (await import('./paths.js')).paths(machine, options));
addWatching(program);
addCtl(program);
addIdentity(program);
addConfig(program);
if (verb === 'demo') (await import('./demo.js')).addDemoCommand(program);
else program.command('demo').description('stop and continue real daemons and see how fast they are back');
if (verb === 'sim') (await import('./sim.js')).addSimCommand(program);
else program.command('sim').description('attack simulated meshes on virtual time and check what must always hold');

try {
  await program.parseAsync();
} catch (error) {
  process.exit(report(error)); // whatever was already open must not keep a failed command alive
}

/** Returns the exit code. Commander has already printed what it has to say. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_ERROR;
  process.stderr.write(`error: ${messageOf(error)}\n`);
  return 1;
}
