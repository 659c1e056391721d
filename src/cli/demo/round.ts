/** One round: stop, wait, continue, and the time until messages flow both ways again between all that were touched. */
import type { RecoveredVia } from '../../mesh/api.js';
import type { DemoMesh } from './mesh.js';
import type { DemoNode } from './node.js';
import type { Action, Side } from './options.js';
import type { Processes } from './processes.js';
import type { Entry } from './timeline.js';
import { sleep, within } from './wait.js';

/** What is not back by then counts as lost. */
const RECOVERY_BOUND_MS = 120_000;
/** A session rebuilt needlessly, just after its messages flowed again, must still be seen. */
const SETTLE_MS = 2_000;

export interface Plan {
  freezeS: number;
  side: Side;
  action: Action;
  round: number;
}

export interface PairResult {
  pair: string;
  /** From the thaw (or the new start) until the first message sent after it had arrived, the slower direction. */
  bothWaysMs: number | null;
  forwardMs: number | null;
  backwardMs: number | null;
  /** Until both sides had called each other Active anew; null when one of them never had to. */
  activeMs: number | null;
  /** `kept`: neither side ever doubted the session. */
  via: RecoveredVia | 'kept';
  /** Sessions made anew since the stop, by the count of the side that saw more. */
  newEpochs: number;
}

export interface RoundResult extends Plan {
  stopped: string[];
  recovered: boolean;
  /** Of the slowest pair; null when one never came back. */
  bothWaysMs: number | null;
  pairs: PairResult[];
  timeline: Entry[];
}

export async function playRound(mesh: DemoMesh, processes: Processes, plan: Plan): Promise<RoundResult> {
  const { traffic, timeline } = mesh;
  const stopped = chooseStopped(mesh.nodes, plan.side);
  const pairs = mesh.pairs(stopped);
  const results = new Map(pairs.map(([a, b]) => [`${a.name}-${b.name}`, emptyResult(a, b)]));

  await mesh.allActive(RECOVERY_BOUND_MS);
  traffic.start(pairs);
  if (!(await within(RECOVERY_BOUND_MS, traffic.bothWays()))) throw new Error('Active, but no message arrives');
  const before = await mesh.epochs(pairs);

  for (const node of stopped) traffic.mute(node);
  timeline.begin(stopped);
  const names = stopped.map((node) => node.name).join(', ');
  await Promise.all(stopped.map((node) => (plan.action === 'freeze' ? processes.pause(node.process) : node.kill())));
  timeline.note(names, plan.action === 'freeze' ? 'stopped (SIGSTOP, verified)' : 'killed (SIGKILL)');
  await sleep(plan.freezeS * 1000);

  const thawMs = performance.now();
  timeline.thaw();
  const flowing = traffic.bothWays(({ pair: [a, b], forwardMs, backwardMs }) => {
    const result = results.get(`${a.name}-${b.name}`)!;
    result.forwardMs = tenths(forwardMs - thawMs);
    result.backwardMs = tenths(backwardMs - thawMs);
    result.bothWaysMs = Math.max(result.forwardMs, result.backwardMs);
    timeline.note(`${a.name}-${b.name}`, `first messages both ways (${describeArrival(result)})`);
  });
  if (plan.action === 'freeze') for (const node of stopped) processes.resume(node.process);
  timeline.note(names, plan.action === 'freeze' ? 'continued (SIGCONT)' : 'started again');
  await Promise.all(
    stopped.map(async (node) => {
      if (plan.action === 'kill') await node.start();
      traffic.unmute(node);
    }),
  );
  const recovered = await within(RECOVERY_BOUND_MS, flowing);

  await sleep(SETTLE_MS);
  const after = await mesh.epochs(pairs);
  traffic.stop();
  for (const [a, b] of pairs) {
    const result = results.get(`${a.name}-${b.name}`)!;
    result.via = timeline.via(a, b) ?? 'kept';
    result.activeMs = timeline.activeMs(a, b);
    const had = (from: DemoNode, to: DemoNode) =>
      // A process that was started again has counted from zero.
      plan.action === 'kill' && stopped.includes(from) ? 0 : before.get(`${from.name}>${to.name}`)!;
    const has = (from: DemoNode, to: DemoNode) => after.get(`${from.name}>${to.name}`)!;
    result.newEpochs = Math.max(0, has(a, b) - had(a, b), has(b, a) - had(b, a));
  }
  const all = [...results.values()];
  return {
    ...plan,
    stopped: stopped.map((node) => node.name),
    recovered,
    bothWaysMs: recovered ? Math.max(...all.map((result) => result.bothWaysMs!)) : null,
    pairs: all,
    timeline: [...timeline.entries],
  };
}

function chooseStopped(nodes: readonly DemoNode[], side: Side): DemoNode[] {
  if (side === 'both') return [...nodes];
  return [side === 'smaller' ? nodes[0]! : nodes.at(-1)!];
}

function emptyResult(a: DemoNode, b: DemoNode): PairResult {
  const nothing = { bothWaysMs: null, forwardMs: null, backwardMs: null, activeMs: null };
  return { pair: `${a.name}-${b.name}`, ...nothing, via: 'kept', newEpochs: 0 };
}

function describeArrival({ forwardMs, backwardMs }: PairResult): string {
  return `→ ${Math.round(forwardMs!)} ms, ← ${Math.round(backwardMs!)} ms`;
}

const tenths = (ms: number) => Math.round(ms * 10) / 10;
