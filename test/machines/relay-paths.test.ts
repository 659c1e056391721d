import { adjacencyMapToArray, getAdjacencyMap } from '@xstate/graph';
import { expect, it } from 'vitest';
import { createActor, type SnapshotFrom } from 'xstate';
import { relayMachine } from '../../machines/relay.js';
import type { RelayContext, RelayEvent } from '../../machines/relay-events.js';
import { allTransitions } from '../../src/paths/chart.js';
import { VirtualClock } from '../../src/sim/virtual-clock.js';
import { type Edge as EdgeOf, edgePaths, pendingIn } from './support/edge-paths.js';
import { Recorder } from './support/recorder.js';

type State = SnapshotFrom<typeof relayMachine>;
type Event = RelayEvent | { type: `xstate.${string}` };
type Edge = EdgeOf<State, Event>;

const STALE_SOCKET = 1_000_000;
const FACTS = ['OPENED', 'SUBSCRIBED', 'REFUSED', 'ANNOUNCED', 'PONG', 'LOST'] as const;

const ROLES = ['socket', 'spare', 'retiring'] as const;

/** The same event about the socket that plays the same role here: socket numbers differ from path to path. */
function translated(event: Event, from: RelayContext, to: RelayContext): Event {
  if (!('socket' in event)) return event;
  const role = ROLES.find((name) => from[name] === event.socket);
  return role ? { ...event, socket: to[role] } : event;
}

const keyOf = ({ value, context }: State) => {
  const { socket, spare, retiring, attempt, split } = context;
  return JSON.stringify([value, socket !== 0, spare !== 0, retiring !== 0, attempt, split]);
};

/** Every fact about every socket the state names and about one it does not, every timer it has armed. */
function candidates(state: State): Event[] {
  if (state.status !== 'active') return [];
  const { socket, spare, retiring } = state.context;
  const sockets = [socket, spare, retiring].filter((each) => each !== 0);
  const facts = [...sockets, STALE_SOCKET].flatMap((each) =>
    FACTS.map((type) => ({ type, socket: each, reason: 'test' }) as RelayEvent),
  );
  return [...facts, { type: 'CHECK' }, { type: 'CLOSE' }, ...pendingIn(state)];
}

/** The sockets of the host. */
const open = new Set<number>();
const named = ({ socket, spare, retiring }: RelayContext) => [socket, spare, retiring].filter((each) => each !== 0);
const machine = relayMachine.provide({
  actions: {
    dial: ({ context }) => open.add(context.spare || context.socket),
    closeStraySockets: ({ context }) => {
      for (const socket of open) if (!named(context).includes(socket)) open.delete(socket);
    },
  },
});
const taken = new Set<object>();

/** Replays a path on the virtual clock. False when another timer is due first, so that it cannot happen. */
function replay(path: Edge[]): boolean {
  open.clear();
  const clock = new VirtualClock();
  const recorder = new Recorder(taken);
  const actor = createActor(machine, { clock, input: { url: 'ws://relay' }, inspect: recorder.inspect });
  actor.start();
  for (const { state, event, nextState } of path) {
    if (event.type.startsWith('xstate.after.')) {
      const before = keyOf(actor.getSnapshot());
      do clock.advance(clock.nextDue()! - clock.now());
      while (recorder.lastType !== event.type && keyOf(actor.getSnapshot()) === before);
      if (recorder.lastType !== event.type) return false;
    } else {
      actor.send(translated(event, state.context, actor.getSnapshot().context) as RelayEvent);
    }
    const now = actor.getSnapshot();
    expect(keyOf(now)).toBe(keyOf(nextState));
    expect(open, 'a socket that is not named is closed, a named one is open').toEqual(new Set(named(now.context)));
    if (now.matches('admitted')) expect(now.context.socket, 'admitted means a socket is in use').not.toBe(0);
  }
  if (actor.getSnapshot().status === 'active') actor.send({ type: 'CLOSE' });
  expect(actor.getSnapshot().status).toBe('done');
  expect(open.size).toBe(0);
  expect(clock.pending, 'no timer outlives the machine').toBe(0);
  return true;
}

function allEdges(): Edge[] {
  const adjacency = getAdjacencyMap(relayMachine, {
    input: { url: 'ws://relay' },
    events: candidates as never,
    serializeState: (state) => keyOf(state as State),
    limit: 100_000,
  });
  return adjacencyMapToArray(adjacency) as unknown as Edge[];
}

it('every transition is reached on a path of the machine itself, and no path leaves a socket or a timer behind', () => {
  const paths = edgePaths(allEdges(), keyOf);
  const impossible = paths.filter((path) => !replay(path)).length;
  const missed = [...allTransitions(machine)].filter(([transition]) => !taken.has(transition));
  expect(missed.map(([, name]) => name)).toEqual([]);
  expect(impossible).toBeLessThan(paths.length / 10);
});

it('there is a way to `admitted` from every state but the final one', () => {
  const edges = allEdges();
  const reaching = new Set(edges.filter(({ state }) => state.matches('admitted')).map(({ state }) => keyOf(state)));
  for (let before = 0; before !== reaching.size; ) {
    before = reaching.size;
    for (const { state, nextState } of edges) if (reaching.has(keyOf(nextState))) reaching.add(keyOf(state));
  }
  expect(edges.filter(({ state }) => !reaching.has(keyOf(state)))).toEqual([]);
});
