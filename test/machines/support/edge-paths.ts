/** From the edges of a chart's graph to one path for each of them. */
export interface Edge<State, Event> {
  state: State;
  event: Event;
  nextState: State;
}

/**
 * For each edge a shortest path that ends with it. Every prefix of a path is a path of the list, too. `edges` must be
 * in the order of @xstate/graph: it lists states breadth first, so the first edge into a state ends a shortest path.
 */
export function edgePaths<State, Event>(
  edges: readonly Edge<State, Event>[],
  keyOf: (state: State) => string,
): Edge<State, Event>[][] {
  const prefixes = new Map<string, Edge<State, Event>[]>([[keyOf(edges[0]!.state), []]]);
  for (const edge of edges) {
    const key = keyOf(edge.nextState);
    if (!prefixes.has(key)) prefixes.set(key, [...prefixes.get(keyOf(edge.state))!, edge]);
  }
  return edges.map((edge) => [...prefixes.get(keyOf(edge.state))!, edge]);
}

/** Events that a state waits for by itself: timers that it has armed, ends of actors that it has invoked. */
export function pendingIn(state: unknown): { type: `xstate.${string}` }[] {
  // biome-ignore lint/complexity/useLiteralKeys: the active nodes are not in the public type
  const nodes = (state as { _nodes: { transitions: Map<string, unknown> }[] })['_nodes'];
  return nodes
    .flatMap(({ transitions }) => [...transitions.keys()])
    .filter((type): type is `xstate.${string}` => /^xstate\.(after|done\.actor)\.\w/.test(type))
    .map((type) => ({ type }));
}
