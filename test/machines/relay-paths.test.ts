import { adjacencyMapToArray, getAdjacencyMap } from '@xstate/graph';
import { expect, it } from 'vitest';
import { type AnyStateMachine, createActor, type SnapshotFrom } from 'xstate';
import { relayMachine } from '../../machines/relay.js';
import type { RelayContext, RelayEvent } from '../../machines/relay-events.js';
import { VirtualClock } from '../support/virtual-clock.js';

type State = SnapshotFrom<typeof relayMachine>;
type Event = RelayEvent | { type: `xstate.after.${string}` };
interface Edge {
  state: State;
  event: Event;
  nextState: State;
}

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
  // biome-ignore lint/complexity/useLiteralKeys: the active nodes are not in the public type
  const timers = (state as unknown as { _nodes: { transitions: Map<string, unknown> }[] })['_nodes']
    .flatMap(({ transitions }) => [...transitions.keys()])
    .filter((type) => type.startsWith('xstate.after.'));
  return [...facts, { type: 'CHECK' }, { type: 'CLOSE' }, ...timers.map((type) => ({ type }) as Event)];
}

/** The machine with a host that keeps its sockets in a set. */
function withSockets(open: Set<number>) {
  const named = ({ socket, spare, retiring }: RelayContext) => [socket, spare, retiring];
  return relayMachine.provide({
    actions: {
      dial: ({ context }) => open.add(context.spare || context.socket),
      closeStraySockets: ({ context }) => {
        for (const socket of open) if (!named(context).includes(socket)) open.delete(socket);
      },
    },
  });
}

/** Replays a path on the virtual clock. Undefined when another timer is due first, so that it cannot happen. */
function replay(path: Edge[]): Set<object> | undefined {
  const clock = new VirtualClock();
  const open = new Set<number>();
  const taken = new Set<object>();
  let lastType = '';
  const actor = createActor(withSockets(open), {
    clock,
    input: { url: 'ws://relay' },
    inspect: (inspected) => {
      if (inspected.type !== '@xstate.microstep') return;
      for (const transition of inspected._transitions) {
        taken.add(transition);
        lastType = transition.eventType;
      }
    },
  });
  actor.start();
  for (const { state, event, nextState } of path) {
    if (event.type.startsWith('xstate.after.')) {
      const before = keyOf(actor.getSnapshot());
      do clock.advance(clock.nextDue()! - clock.now());
      while (lastType !== event.type && keyOf(actor.getSnapshot()) === before);
      if (lastType !== event.type) return undefined;
    } else {
      actor.send(translated(event, state.context, actor.getSnapshot().context) as RelayEvent);
    }
    const now = actor.getSnapshot();
    expect(keyOf(now)).toBe(keyOf(nextState));
    const { socket, spare, retiring } = now.context;
    const named = new Set([socket, spare, retiring].filter((each) => each !== 0));
    expect(open, 'a socket that is not named is closed, a named one is open').toEqual(named);
    if (now.matches('admitted')) expect(socket, 'admitted means a socket is in use').not.toBe(0);
  }
  if (actor.getSnapshot().status === 'active') actor.send({ type: 'CLOSE' });
  expect(actor.getSnapshot().status).toBe('done');
  expect(open.size).toBe(0);
  expect(clock.pending, 'no timer outlives the machine').toBe(0);
  return taken;
}

function allTransitions(machine: AnyStateMachine): Map<object, string> {
  const found = new Map<object, string>();
  const visit = (node: AnyStateMachine['root']): void => {
    for (const [type, transitions] of node.transitions) {
      for (const [index, transition] of transitions.entries()) found.set(transition, `${node.id} ${type} [${index}]`);
    }
    for (const child of Object.values(node.states)) visit(child);
  };
  visit(machine.root);
  return found;
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

/** For each edge of the machine's graph a shortest path that ends with it. */
function edgePaths(): Edge[][] {
  const edges = allEdges();
  const prefixes = new Map<string, Edge[]>([[keyOf(edges[0]!.state), []]]);
  // The map lists states breadth first, so the first edge into a state ends a shortest path to it.
  for (const edge of edges) {
    const key = keyOf(edge.nextState);
    if (!prefixes.has(key)) prefixes.set(key, [...prefixes.get(keyOf(edge.state))!, edge]);
  }
  return edges.map((edge) => [...prefixes.get(keyOf(edge.state))!, edge]);
}

it('every transition is reached on a path of the machine itself, and no path leaves a socket or a timer behind', () => {
  const paths = edgePaths();
  const covered = new Set<string>();
  let impossible = 0;
  for (const path of paths) {
    const taken = replay(path);
    if (!taken) impossible += 1;
    for (const transition of taken ?? []) covered.add(nameOf(transition));
  }
  const all = [...allTransitions(relayMachine).values()];
  expect(all.filter((name) => !covered.has(name))).toEqual([]);
  expect(covered.size).toBe(all.length);
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

/** `provide` makes new transition objects; place and rank name them across copies. */
function nameOf(transition: object): string {
  const { source, eventType } = transition as { source: AnyStateMachine['root']; eventType: string };
  return `${source.id} ${eventType} [${source.transitions.get(eventType)!.indexOf(transition as never)}]`;
}
