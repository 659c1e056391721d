import { adjacencyMapToArray, getAdjacencyMap } from '@xstate/graph';
import { expect, it } from 'vitest';
import { createActor, fromPromise, type SnapshotFrom } from 'xstate';
import { type NodeContext, type NodeEvent, nodeMachine } from '../../machines/node.js';
import { tunables as t } from '../../machines/tunables.js';
import { allTransitions } from '../../src/paths/chart.js';
import { type Edge as EdgeOf, edgePaths, pendingIn } from './support/edge-paths.js';
import { Recorder } from './support/recorder.js';

type State = SnapshotFrom<typeof nodeMachine>;
/** Timers and ended actors are events for the walk; the replay makes them happen. */
type Event = NodeEvent | { type: `xstate.${string}` };
type Edge = EdgeOf<State, Event>;

/**
 * A freeze makes timers of all lengths due at once, so here any armed timer may be the next one. They are told apart by
 * their length.
 */
class AnyOrderClock {
  #lastId = 0;
  readonly armed = new Map<number, { callback: () => void; ms: number }>();
  readonly setTimeout = (callback: () => void, ms: number): number => {
    this.armed.set(++this.#lastId, { callback, ms });
    return this.#lastId;
  };
  readonly clearTimeout = (id: number): void => void this.armed.delete(id);

  fire(ms: number): void {
    const [id, timer] = [...this.armed].find(([, each]) => each.ms === ms)!;
    this.armed.delete(id);
    timer.callback();
  }
}

const DELAYS_MS: Record<string, number> = {
  WATCH: t.watchMs,
  SWEEP: t.sweepMs,
  WAKE_COALESCE: t.wakeCoalesceMs,
  FIRST_ANNOUNCE: t.firstAnnounceMs,
  STEADY_ANNOUNCE: t.steadyAnnounceMs,
  ANNOUNCE_COOLDOWN: t.announceCooldownMs + 1,
};

/** What the host was asked in one step. */
const asked: string[] = [];
const machine = nodeMachine.provide({
  // The walk says when the sockets have been read.
  actors: { ioTurn: fromPromise<void>(() => new Promise(() => {})) },
  delays: DELAYS_MS as Record<'WATCH', number>,
  actions: {
    sweep: () => void asked.push('sweep'),
    wakePeers: () => void asked.push('wake peers'),
    checkRelays: () => void asked.push('check relays'),
    publishAnnounce: () => void asked.push('announce'),
  },
});
const taken = new Set<object>();

/** Clocks count for the walk only as seen or not seen; the budget only as left or spent. */
const keyOf = ({ value, context }: { value: State['value']; context: NodeContext }) => {
  const { clocks, pending, freshLeft, wokeAgain } = context;
  return JSON.stringify([value, clocks !== null, pending !== null, freshLeft > 0, wokeAgain]);
};

function candidates(state: State): Event[] {
  const before = state.context.clocks ?? { monoMs: 0, wallMs: 0, bootMs: 0 };
  const later = (ms: number): NodeEvent => ({
    type: 'CLOCKS',
    monoMs: before.monoMs + ms,
    wallMs: before.wallMs + ms,
    bootMs: before.bootMs + ms,
  });
  const events: Event[] = [
    later(t.watchMs),
    later(t.watchMs + t.pauseMs),
    { type: 'ANNOUNCE', reason: 'reflection', fresh: true },
    { type: 'ANNOUNCE', reason: 'seek', fresh: false },
    { type: 'RELAY_ADMITTED', url: 'ws://relay' },
    { type: 'SUSPEND' },
    { type: 'RESUME' },
    { type: 'NETWORK_CHANGED' },
    { type: 'xstate.done.actor.peer' },
    { type: 'xstate.error.actor.peer', error: null } as never,
    ...pendingIn(state),
  ];
  return events.filter((event) => machine.getTransitionData(state as never, event as NodeEvent).length > 0);
}

/** Every state the walk can tell apart × every event it has an answer for. */
function allEdges(): Edge[] {
  const adjacency = getAdjacencyMap(machine, {
    events: candidates as never,
    serializeState: (state) => keyOf(state as State),
    limit: 100_000,
  });
  return adjacencyMapToArray(adjacency) as unknown as Edge[];
}

/** Plays a path on a live actor and checks after each step what must hold on all of them. */
function replay(path: Edge[]): void {
  const clock = new AnyOrderClock();
  const recorder = new Recorder(taken);
  const actor = createActor(machine, { clock: clock as never, inspect: recorder.inspect });
  actor.start();
  let announces = 0;
  for (const { event, nextState } of path) {
    asked.length = 0;
    const timer = /^xstate\.after\.(\w+)\./.exec(event.type)?.[1];
    if (timer === 'ANNOUNCE_COOLDOWN') announces = 0;
    if (timer) clock.fire(DELAYS_MS[timer]!);
    else actor.send(event as NodeEvent);
    announces += asked.filter((effect) => effect === 'announce').length;
    expect(announces, 'announces in one cooldown').toBeLessThanOrEqual(1 + t.freshAnnounces);
    const order = asked.map((effect) => ['wake peers', 'check relays', 'announce'].indexOf(effect));
    expect(order, 'peers are asked before relays, relays before the room').toEqual([...order].sort());
    const now = actor.getSnapshot();
    expect(keyOf(now)).toBe(keyOf(nextState));
    expect(now.matches({ sweeping: 'paused' }), 'silence is counted unless we are suspended').toBe(
      now.matches({ attention: 'suspended' }),
    );
  }
  actor.stop();
  expect(clock.armed.size, 'no timer outlives the node').toBe(0);
}

it('keeps pace and order on every path, and leaves no timer behind', () => {
  for (const path of edgePaths(allEdges(), keyOf)) replay(path);
});

it('and takes every transition of the chart', () => {
  const missed = [...allTransitions(machine)].filter(([transition]) => !taken.has(transition));
  expect(missed.map(([, name]) => name)).toEqual([]);
});
