/** `paths`: the transition tests that are generated from the machines, to read or, as JSON, to play elsewhere. */
import { nodeMachine, peerMachine, relayMachine } from '../../machines/index.js';
import { type TransitionPath, transitionPaths } from '../paths/index.js';
import { surviveBrokenPipes } from './run-daemon.js';

const MACHINES = [peerMachine, nodeMachine, relayMachine];

export function paths(machine: string | undefined, { json }: { json: boolean }): void {
  surviveBrokenPipes();
  const chosen = MACHINES.filter(({ id }) => machine === undefined || id === machine);
  const found = chosen.map((chart) => ({ machine: chart.id, paths: transitionPaths(chart) }));
  if (json) console.log(JSON.stringify(found, null, 2));
  else console.log(found.map((each) => listOf(each.machine, each.paths)).join('\n\n'));
}

function listOf(machine: string, paths: TransitionPath[]): string {
  const transitions = paths.flatMap(({ takes }) => takes).length;
  const head = `${machine}: ${paths.length} paths take all ${transitions} transitions`;
  return [`${head}\n${'='.repeat(head.length)}`, ...paths.map(textOf)].join('\n\n');
}

function textOf({ name, story, takes, outcome }: TransitionPath): string {
  const lines = [name, `  after  ${story.slice(0, -1).join(' · ') || 'the start'}`, `  takes  ${takes.join(' · ')}`];
  if (outcome.effects.length > 0) lines.push(`  does   ${counted(outcome.effects).join(' · ')}`);
  return lines.join('\n');
}

/** What is repeated stands once: `30 × sweep`. */
function counted(effects: string[]): string[] {
  const runs: { effect: string; count: number }[] = [];
  for (const effect of effects) {
    const last = runs.at(-1);
    if (last?.effect === effect) last.count += 1;
    else runs.push({ effect, count: 1 });
  }
  return runs.map(({ effect, count }) => (count === 1 ? effect : `${count} × ${effect}`));
}
