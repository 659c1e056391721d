/**
 * `demo`: a relay and some daemons as separate processes, one of them stopped and continued, and how long it takes
 * until messages flow both ways again. Exits 0 only when every round recovered.
 */
import type { Command } from 'commander';
import { DemoMesh } from './demo/mesh.js';
import { addDemoOptions, type DemoOptions } from './demo/options.js';
import { Processes } from './demo/processes.js';
import { type Plan, playRound, type RoundResult } from './demo/round.js';
import { formatTable, summarise } from './demo/table.js';

const START_BOUND_MS = 60_000;

export function addDemoCommand(program: Command): void {
  addDemoOptions(program.command('demo').description('stop and continue real daemons and see how fast they are back'))
    .addHelpText(
      'after',
      `
Numbered messages go both ways every 10 ms (less often above 20 directions) between all pairs with a stopped node in
them; counted is the time from SIGCONT (with --action kill: from the new start) until the first one sent after it has
arrived in both directions of the slowest pair.`,
    )
    .action(async (options: DemoOptions) => {
      process.exitCode = await runDemo(options);
    });
}

/** Returns the exit code. Rejects when a process dies or the mesh never comes up. */
async function runDemo(options: DemoOptions): Promise<number> {
  const processes = new Processes();
  try {
    return await Promise.race([play(options, processes), processes.failed]);
  } finally {
    processes.close();
  }
}

async function play(options: DemoOptions, processes: Processes): Promise<number> {
  const say = (line: string) => {
    if (!options.json) console.log(line);
  };
  const startedMs = performance.now();
  const mesh = await DemoMesh.start(options.nodes, processes, say);
  await mesh.allActive(START_BOUND_MS);
  say(`${options.nodes} daemons, all pairs Active ${Math.round(performance.now() - startedMs)} ms after the start`);
  for (const node of mesh.nodes) say(`  ${node.name} = ${node.deviceId}`);

  const rounds: RoundResult[] = [];
  for (const plan of plans(options)) {
    say(`\nround ${plan.round}: ${plan.action} ${plan.freezeS} s, side ${plan.side}`);
    const result = await playRound(mesh, processes, plan);
    rounds.push(result);
    if (options.json) console.log(JSON.stringify({ kind: 'round', ...result }));
    if (!result.recovered) break; // the rounds after it would measure the wreck
  }
  const recovered = rounds.every((round) => round.recovered);
  const rows = summarise(rounds);
  if (options.json) console.log(JSON.stringify({ kind: 'summary', nodes: options.nodes, recovered, rows }));
  say(`\n${formatTable(rows)}\n${recovered ? 'All recovered.' : 'Not all recovered.'}`);
  return recovered ? 0 : 1;
}

function plans({ freeze, side, action, rounds }: DemoOptions): Plan[] {
  const batches = freeze.flatMap((freezeS) => side.map((which) => ({ freezeS, side: which, action })));
  return batches.flatMap((batch) => Array.from({ length: rounds }, (_, index) => ({ ...batch, round: index + 1 })));
}
