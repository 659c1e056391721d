/** `sim`: whole meshes on virtual time, attacked as their seeds want it. Exits 0 only when every rule held in every run. */
import type { Command } from 'commander';
import type { RunResult } from '../sim/run.js';
import { runAll } from '../sim/runs.js';
import { Tally } from '../sim/tally.js';
import { addSimOptions, type SimOptions } from './sim/options.js';
import { failureLines, outline, summary, tallyLines } from './sim/report.js';

const PROGRESS_EVERY_MS = 5_000;
const ABOUT = 'attack simulated meshes on virtual time and check what must always hold';

export function addSimCommand(program: Command): void {
  addSimOptions(program.command('sim').description(ABOUT))
    .addHelpText(
      'after',
      `
Devices, peers and relays are the real ones; links, sockets, clocks and signatures are simulated. Each run has two phases:
faults come and go, then everything is healed and all pairs must be active again. docs/testing.md lists the rules.
In a timeline, + and - are the begin and end of a fault, ! is a broken rule, = is what the run itself does.`,
    )
    .action(async (options: SimOptions) => {
      process.exitCode = await simulate(options);
    });
}

/** Returns the exit code. */
async function simulate(options: SimOptions): Promise<number> {
  const { nodes, seed, minutes, faults, runs, timeline, json } = options;
  const tally = new Tally();
  const startedCpu = process.cpuUsage();
  const progress = progressOf(options, tally);
  const finished = (result: RunResult) => {
    tally.add(result);
    if (json) console.log(JSON.stringify(outline(result)));
    else for (const line of [...(timeline ? result.lines : []), ...failureLines(options, result)]) console.log(line);
  };
  await runAll({ seed, nodes, minutes, kinds: faults, runs }, { finished, progress });
  const { user, system } = process.cpuUsage(startedCpu);
  const cpuMs = Math.round((user + system) / 1_000);
  if (json) console.log(JSON.stringify(summary(tally, cpuMs)));
  else for (const line of tallyLines(options, tally, cpuMs)) console.log(line);
  return tally.failedSeeds.length === 0 ? 0 : 1;
}

/** On stderr, now and then: standard output is for results. */
function progressOf({ runs, minutes, seed }: SimOptions, tally: Tally): (seed: number, simulatedMs: number) => void {
  let saidMs = performance.now();
  return (current, simulatedMs) => {
    if (performance.now() - saidMs < PROGRESS_EVERY_MS) return;
    saidMs = performance.now();
    const simulated = `${Math.floor(simulatedMs / 60_000)} of ${minutes} minutes`;
    const done = `${tally.runs} of ${runs} runs from seed ${seed} done, ${tally.failedSeeds.length} failed`;
    console.error(runs === 1 ? `seed ${current}: ${simulated}` : done);
  };
}
