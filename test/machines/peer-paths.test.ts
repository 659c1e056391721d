import { adjacencyMapToArray, getAdjacencyMap } from '@xstate/graph';
import { expect, it } from 'vitest';
import { createActor, fromPromise, fromTransition, initialTransition, type SnapshotFrom, transition } from 'xstate';
import { peerMachine } from '../../machines/peer.js';
import type { PeerContext, PeerEvent, PeerInput } from '../../machines/peer-events.js';
import { tunables as t } from '../../machines/tunables.js';
import { allTransitions } from '../../src/paths/chart.js';
import { VirtualClock } from '../../src/sim/virtual-clock.js';
import { type Edge as EdgeOf, edgePaths, pendingIn } from './support/edge-paths.js';
import { Recorder } from './support/recorder.js';

type State = SnapshotFrom<typeof peerMachine>;
/** Timers and ended actors are events for the walk; the replay makes them happen. */
type Step = PeerEvent | { type: `xstate.${string}` };
/** One step of a walk. A run of sweeps is one of them, else no walk would live to see the bounds. */
interface Word {
  type: string;
  steps: Step[];
}
type Edge = EdgeOf<State, Word>;

const BOOT = 100;
const OPEN_FACTS = [
  'OPENED',
  'CLOSED',
  'CONSENT_LOST',
  'PATH_ALIVE',
  'FRAME',
  'THEY_APPROVED',
  'APPROVE_SENT',
] as const;
const REPLIES = ['DENIED', 'VIOLATED', 'AUTH_FAILED', 'ANSWERED', 'RESTART_REFUSED', 'PONG'] as const;
const OWN = ['WAKE', 'DIAL', 'APPROVE', 'REMOVE', 'CLOSE'] as const;
/** Edge, none, and an edge of a network that dials nobody by itself. */
const SHAPES: PeerEvent[] = [
  { type: 'SHAPED', dials: true, keeps: true },
  { type: 'SHAPED', dials: false, keeps: false },
  { type: 'SHAPED', dials: false, keeps: true },
];

/** The sessions a host keeps open, by epoch: effects open and close them, a closed channel ends them. */
const open = new Set<number>();
const taken = new Set<object>();
const machine = peerMachine.provide({
  // The walk says when the sockets have been read.
  actors: { ioTurn: fromPromise<void>(() => new Promise(() => {})) },
  actions: {
    openAsOfferer: ({ context }) => void open.add(context.epoch),
    openAsAnswerer: ({ context }) => void open.add(context.epoch),
    openCandidateAsOfferer: ({ context }) => void open.add(context.candidate),
    openCandidateAsAnswerer: ({ context }) => void open.add(context.candidate),
    closeSession: (_, { epoch }) => void open.delete(epoch),
  },
});

/** What of the context decides in this state; the walk takes two states that agree in it for one. */
function keyOf({ value, context: c }: State): string {
  const top = typeof value === 'string' ? value : Object.keys(value)[0]!;
  const inner = typeof value === 'string' ? '' : String(Object.values(value)[0]);
  const key: unknown[] = [value, c.candidate !== 0, c.candidateOpen, c.dials, c.keeps];
  if (inner === 'shelved') key.push(c.shelvedByUs, c.shelvedByThem);
  if (top === 'sighted') key.push(c.age >= t.reofferTicks, c.boot > 0, c.wasActive, c.redials, c.awaitsAnswer);
  if (top === 'handshaking') key.push(c.age >= t.helloRetryTicks[0]! - 1, c.admitted, c.approvedByThem);
  if (top === 'active') key.push(c.silentTicks >= t.suspectTicks, c.leaveClaimed, c.heldOffer > 0, c.evidence);
  if (inner === 'judging') key.push(c.silentTicks >= t.staleTicks);
  if (top === 'stale') key.push(c.evidence, c.renewedTicks > 0, c.leaveClaimed);
  if (['verifying', 'probing'].includes(inner)) key.push(c.tries);
  if (inner === 'restarting') key.push(c.restarts);
  if (inner === 'rebuilding')
    key.push(c.candidateAge >= t.reofferTicks, c.candidateAge >= t.stuckTicks, c.awaitsAnswer);
  return JSON.stringify(key);
}

function facts(epoch: number, signs: boolean): PeerEvent[] {
  const each = [...OPEN_FACTS, ...REPLIES].map((type) => ({ type, epoch, reason: 'test', rttMs: 20 }) as PeerEvent);
  const authenticated = { type: 'AUTHENTICATED', epoch, boot: signs ? BOOT : 0, signs } as const;
  return [...each, { ...authenticated, admit: true }, { ...authenticated, admit: false }];
}

function signals({ boot, sessionBoot }: PeerContext): PeerEvent[] {
  const boots = [...new Set([null, sessionBoot || BOOT, boot + 1])];
  const offer = { type: 'OFFER', key: 7 } as const;
  return [
    ...boots.map((each) => ({ type: 'ANNOUNCED', boot: each, reflection: false }) as const),
    ...boots.map((each) => ({ ...offer, boot: each, names: 'none' }) as const),
    ...boots.map((each) => ({ ...offer, boot: each, names: 'current' }) as const),
    { ...offer, boot: null, names: 'candidate' },
    { type: 'LEFT', boot: null },
    { type: 'LEFT', boot: sessionBoot || BOOT },
  ];
}

const shapeWords = ({ epoch }: PeerContext): PeerEvent[] => [
  ...SHAPES,
  ...[true, false].map((shelved) => ({ type: 'THEY_SHELVED', epoch, shelved }) as const),
  ...[true, false].map((shelved) => ({ type: 'SHELVING_SENT', epoch, shelved }) as const),
];

/** A shaped network is walked without doubts and rivals of a session, else there would be too many states. */
const PLAIN_LIFE = /^(ANNOUNCED|DIAL|OPENED|CLOSED|AUTHENTICATED|THEY_APPROVED|APPROVE_SENT|FRAME|xstate\..*)$/;

/** Whoever only silence and repair set apart from the first kind is walked through nothing else. */
const REPAIR = /^(ANNOUNCED|OPENED|AUTHENTICATED|THEY_APPROVED|APPROVE_SENT|FRAME|xstate\..*)$/;

/** What the far end and the network are like. */
interface Kind {
  signs: boolean;
  /** The network is shaped: links may be shelved. */
  shaped: boolean;
  words?: RegExp;
}

const sweeps = (count: number, silent: boolean): Word => ({
  type: `${count} ${silent ? 'silent' : 'lively'} sweeps`,
  steps: Array.from({ length: count }, () => ({ type: 'TICK', silent })),
});

function wordsFor(state: State, { signs, shaped, words: allowed = /^/ }: Kind): Word[] {
  if (state.status !== 'active' || (shaped && state.matches('stale'))) return [];
  const { epoch, candidate } = state.context;
  const single: Step[] = [
    ...[epoch, candidate].filter((each) => each !== 0).flatMap((each) => facts(each, signs)),
    ...signals(state.context),
    ...OWN.map((type) => ({ type }) as const),
    ...pendingIn(state),
  ].filter(({ type }) => allowed.test(type));
  if (shaped) single.push(...shapeWords(state.context));
  const runs = [1, t.suspectTicks, t.helloRetryTicks[0]!, t.openTicks].map((count) => sweeps(count, true));
  if (state.matches('handshaking')) {
    runs.push(sweeps(t.handshakeTicks, true));
    runs.push({ type: 'path lost', steps: [{ type: 'CONSENT_LOST', epoch }, ...sweeps(t.staleTicks, true).steps] });
  }
  if (state.matches('stale')) runs.push(sweeps(t.seekEveryTicks, true));
  if (state.matches({ stale: 'holding' }) && !candidate) runs.push(sweeps(t.keepTicks, true));
  const words = single.map((step) => ({ type: JSON.stringify(step), steps: [step] }));
  return [...words, ...runs, sweeps(1, false)].filter(
    ({ steps }) => machine.getTransitionData(state as never, steps[0] as PeerEvent).length > 0,
  );
}

/** Every state the walk can tell apart × every word it has an answer for. */
function edgesOf(input: PeerInput, kind: Kind): Edge[] {
  const take = (state: State, word: Word) =>
    word.steps.reduce(
      (now, step) => (now.status === 'active' ? transition(machine, now, step as PeerEvent)[0] : now),
      state,
    );
  const walk = fromTransition(take, initialTransition(machine, input)[0] as State);
  const adjacency = getAdjacencyMap(walk, {
    events: (({ context }: { context: State }) => wordsFor(context, kind)) as never,
    serializeState: ({ context }) => keyOf(context),
    limit: 100_000,
  });
  return adjacencyMapToArray(adjacency).map(({ state, event, nextState }) => ({
    state: state.context,
    event,
    nextState: nextState.context,
  }));
}

/** Plays a path on a live actor with its real timers on the virtual clock. Each prefix is a path of its own. */
function replay(path: Edge[], input: PeerInput): void {
  open.clear();
  const clock = new VirtualClock();
  const recorder = new Recorder(taken);
  const actor = createActor(machine, { clock, input, inspect: recorder.inspect });
  actor.start();
  for (const step of path.flatMap(({ event }) => event.steps)) {
    if (actor.getSnapshot().status === 'done') break;
    if (step.type.startsWith('xstate.after.')) {
      clock.advance(clock.nextDue()! - clock.now());
      expect(recorder.lastType, 'the timer that the chart names is the next one due').toBe(step.type);
    } else {
      if (step.type === 'CLOSED') open.delete(step.epoch);
      actor.send(step as PeerEvent);
    }
  }
  const { value, context } = actor.getSnapshot();
  const expected = path.at(-1)!.nextState;
  expect({ value, context }).toEqual({ value: expected.value, context: expected.context });
  const named = new Set([context.epoch, context.candidate].filter((epoch) => epoch !== 0));
  expect(open, 'a session that is not named is closed, a named one is open').toEqual(named);
  if (expected.matches('active') || expected.matches('stale')) {
    expect(context.authenticated && context.approvedByUs && context.approvedByThem, 'admitted both ways').toBe(true);
  }
  if (actor.getSnapshot().status === 'active') actor.send({ type: 'CLOSE' });
  expect(open.size, 'no session outlives the peer').toBe(0);
  expect(clock.pending, 'no timer outlives the peer').toBe(0);
}

// These combinations take every transition; the random walks beside this file mix all of them.
it.each([
  { who: 'we offer first, and the peer signs', offersFirst: true, signs: true, shaped: false },
  { who: 'the peer offers first, and does not sign', offersFirst: false, signs: false, shaped: false },
  { who: 'the peer offers first, and signs', offersFirst: false, signs: true, shaped: false, words: REPAIR },
  { who: 'the network is shaped', offersFirst: true, signs: false, shaped: true, words: PLAIN_LIFE },
])(
  'no path leaves a session or a timer behind: $who',
  ({ offersFirst, ...kind }) => {
    const input = { id: 'peer', offersFirst, known: !kind.signs, lastEpoch: 0 };
    for (const path of edgePaths(edgesOf(input, kind), keyOf)) replay(path, input);
  },
  180_000,
);

it('and together they take every transition of the chart', () => {
  const missed = [...allTransitions(machine)].filter(([transition]) => !taken.has(transition));
  expect(missed.map(([, name]) => name)).toEqual([]);
});
