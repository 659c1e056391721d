/** The node machine in lockstep with its model. */
import { beforeAll, expect, it, vi } from 'vitest';
import { nodeMachine } from '../../../machines/node.js';
import { tunables as t } from '../../../machines/tunables.js';
import { nodeSubject, readings } from '../../../src/paths/node-subject.js';
import { word } from '../../../src/paths/subject.js';
import { Rng } from '../../../src/sim/rng.js';
import { Lockstep, type Watch } from './lockstep.js';
import { type NodeModel, nodeModel } from './node-model.js';

const SEED = 20_261_124;

// Long work, and on a busy machine longer: these only end what hangs.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const lockstep = new Lockstep({
  machine: nodeMachine,
  effect: nodeSubject.effect,
  input: undefined,
  model: nodeModel,
  words: (view) => [
    ...nodeSubject.words(view),
    ...readings(view.context, t.pauseMs),
    ...readings(view.context, t.pauseMs - 1),
    word('frozen for 3 s', { type: 'FREEZE', ms: 3_000 }),
    word('frozen for 130 s', { type: 'FREEZE', ms: 130_000 }),
  ],
  key: (n) => {
    const { attention, caring, cadence, pausing, pending, freshLeft, wokeAgain } = n;
    return [attention, caring, cadence, pausing, pending !== null, freshLeft > 0, wokeAgain, ofNetwork(n)].join('|');
  },
});

/** The first trait that holds stands for all: every rule is met without the product of all of them. */
function ofNetwork({ attention, pause, cause, addresses, looking, awaitingRelay }: NodeModel): string {
  if (attention === 'settling' && pause === null) return 'network changed';
  if (cause === 'network-changed') return 'network had changed';
  if (addresses?.length === 0) return 'no network';
  if (addresses !== null) return `known ${looking}`;
  return `unknown ${awaitingRelay}`;
}

/** One more than may pass the cooldown. */
const NEWCOMERS = Array.from({ length: t.freshAnnounces + 1 }, () => 'ANNOUNCE for a newcomer');

/** What waits, and for how long, comes out when time goes on, after another wake, and when newcomers ask. */
const SUFFIXES = [
  ['time', 'time', 'time', 'time', 'time', 'time'],
  ['frozen for 130 s', 'sockets are read', 'CLOCKS after 60 s frozen', 'sockets are read', 'time', 'time'],
  ['ANNOUNCE to seek', ...NEWCOMERS, 'ANNOUNCE to reflect', 'SUSPEND', 'RESUME', 'sockets are read', 'time'],
];

/** Peers are asked before relays, relays before the room; and no cooldown sees more announces than the limiter allows. */
function watch(): Watch {
  const order = ['wakePeers', 'checkRelays', 'publishAnnounce'];
  let announcedMs: number[] = [];
  let nowMs = 0;
  return ({ effects, state }, step) => {
    const passes = step?.type === 'WAIT' || step?.type === 'FREEZE';
    if (passes) nowMs += step.ms as number;
    const verbs = effects.map((effect) => effect.split(' ')[0] ?? '').filter((verb) => order.includes(verb));
    if (!passes) expect(verbs).toEqual([...verbs].sort((a, b) => order.indexOf(a) - order.indexOf(b)));
    announcedMs = announcedMs.filter((ms) => ms > nowMs - t.announceCooldownMs);
    if (!passes) announcedMs.push(...verbs.filter((verb) => verb === 'publishAnnounce').map(() => nowMs));
    expect(announcedMs.length).toBeLessThanOrEqual(1 + t.freshAnnounces);
    expect(state.includes('sweeping.paused')).toBe(state.includes('attention.suspended'));
  };
}

let edges: ReturnType<typeof lockstep.edges> = [];
beforeAll(() => {
  edges = lockstep.edges();
});

it('what the model foretells is seen on every edge and after it', () => {
  expect(edges.length).toBeGreaterThan(1_500);
  lockstep.goOn(edges, SUFFIXES);
});

it(`and on random walks of a live actor, seed ${SEED}`, () => {
  lockstep.walk(edges, new Rng(SEED), { walks: 250, length: 60 }, watch);
});

it('every transition of the chart was taken', () => {
  expect(lockstep.missed()).toEqual([]);
});
