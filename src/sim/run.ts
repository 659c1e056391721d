/**
 * One run: a world, faults, and what must hold. Two phases: chaos, then everything heals, and every pair that the
 * topology wants must be active within the bound.
 */
import type { Topology } from '../mesh/topology.js';
import { Chaos } from './chaos.js';
import type { Device } from './device.js';
import type { FaultKind } from './faults/index.js';
import { type Violation, watch } from './invariants/index.js';
import { Recoveries } from './recoveries.js';
import { Rng } from './rng.js';
import { World } from './world.js';

/**
 * All pairs are active again this long after the last fault at the latest: a relay that was gone for long is dialled
 * after 69 s (its backoff of 60 s and the jitter), and then the room is told.
 */
export const CONVERGENCE_MS = 150_000;
const START_MS = 60_000;
export const MIN_FAULTS = 8;
const FAULT_EVERY_MS = 240_000;

export interface RunOptions {
  seed: number;
  nodes: number;
  /** Simulated. At least 5: the last two and a half are for healing. */
  minutes: number;
  kinds: readonly FaultKind[];
  /** Nothing is put off, see rest.ts. Default false. */
  exact?: boolean;
  /** Told each simulated second. */
  progress?(simulatedMs: number): void;
}

export interface RunResult {
  seed: number;
  ok: boolean;
  simulatedMs: number;
  faults: Partial<Record<FaultKind, number>>;
  /** From the last fault until every wanted pair was active; null: not within the bound. */
  convergedMs: number | null;
  /** Of each pair that a fault parted, from its end until both ends were active. */
  recoveriesMs: number[];
  violations: Violation[];
  /** Of the timeline. */
  digest: string;
  lines: readonly string[];
}

export async function run(options: RunOptions): Promise<RunResult> {
  const { seed, nodes, exact = false, progress } = options;
  const rng = new Rng(`${seed}/plan`);
  const world = new World({
    seed,
    nodes,
    exact,
    relays: rng.pick([1, 1, 2, 2, 3]),
    net: {
      latencyMs: Math.round(0.5 * 160 ** rng.next() * 10) / 10,
      jitterMs: rng.between(0, 10),
      loss: rng.chance(0.5) ? 0 : rng.between(0, 0.01),
    },
    topology: (ids) => topologyFor(rng, ids),
  });
  const { violations, report } = watch(world);
  const recoveries = new Recoveries(world);
  const chaos = new Chaos(world, recoveries);
  if (progress) world.observe({ second: () => progress(world.nowMs) });

  let convergedMs: number | null = null;
  try {
    await begin(world, rng);
    if ((await world.until(() => world.converged(), START_MS)) === null) report('I15', `not together: ${apart(world)}`);
    await attack(world, chaos, rng, options);
    convergedMs = await heal(world);
    if (convergedMs === null) report('I15', `not together ${CONVERGENCE_MS} ms after the last fault: ${apart(world)}`);
    else {
      await world.advance(Math.max(0, options.minutes * 60_000 - world.nowMs));
      if (!world.converged()) report('I15', `apart again though nothing happened: ${apart(world)}`);
    }
  } catch (error) {
    report('I0', `the run ended: ${error instanceof Error ? error.stack : error}`);
  }
  return {
    seed,
    ok: violations.length === 0,
    simulatedMs: world.nowMs,
    faults: chaos.counts,
    convergedMs,
    recoveriesMs: recoveries.ms,
    violations,
    digest: world.trace.digest,
    lines: world.trace.lines,
  };
}

async function begin(world: World, rng: Rng): Promise<void> {
  for (const device of world.devices) {
    await world.start(device);
    await world.advance(rng.between(0, 200));
  }
}

async function attack(world: World, chaos: Chaos, rng: Rng, { minutes, kinds }: RunOptions): Promise<void> {
  const untilMs = Math.max(world.nowMs, minutes * 60_000 - CONVERGENCE_MS);
  const count = Math.max(MIN_FAULTS, Math.round((untilMs - world.nowMs) / FAULT_EVERY_MS)) + rng.below(4);
  await chaos.run({ kinds, count, untilMs });
  world.trace.add('=', 'everything is healed');
}

/** How long it took, or null. */
async function heal(world: World): Promise<number | null> {
  const tookMs = await world.until(() => world.converged(), CONVERGENCE_MS);
  if (tookMs !== null) world.trace.add('=', `together after ${Math.round(tookMs)} ms`);
  return tookMs;
}

/** Half of them all with all, as it is the hardest. */
function topologyFor(rng: Rng, ids: string[]): Topology {
  const draw = rng.next();
  if (draw < 0.5 || ids.length < 4) return { kind: 'full_mesh' };
  if (draw < 0.7) return { kind: 'hubs', hubs: rng.sample(ids, 3) };
  if (draw < 0.85) return { kind: 'ring' };
  return { kind: 'star', hub: rng.pick(ids) };
}

function apart(world: World): string {
  const believes = (a: Device, b: Device) => a.believes.get(b.id)?.detail ?? 'unknown';
  return [...world.wantedPairs()]
    .filter(([a, b]) => !world.areActive(a, b))
    .slice(0, 5)
    .map(([a, b]) => `${a.name} ${b.name} (${believes(a, b)} / ${believes(b, a)})`)
    .join(', ');
}
