/**
 * A statechart as data, to be drawn: read from the text that inspectors are sent (a machine's config as JSON), so that
 * the console draws whatever runs, and a recording of another version draws as it was.
 */

export type StateKind = 'atomic' | 'compound' | 'parallel' | 'final' | 'history';

export interface ChartState {
  /** `active.verifying`; the machine itself is ''. */
  path: string;
  /** `verifying`; the machine's id for the machine itself. */
  name: string;
  /** null for the machine itself. */
  parent: string | null;
  kind: StateKind;
  /** Path of the state that is entered first; null where nothing is inside, or all of it at once. */
  initial: string | null;
}

export interface ChartTransition {
  /** Path of the state that has it. */
  source: string;
  /** `ANNOUNCED`, `after PROBE`, `ioTurn done`; `always` for one that waits for nothing. */
  event: string;
  guard: string | null;
  /** Paths. Empty: the state is kept. */
  targets: string[];
  actions: string[];
  /** What the action `because` says, if it is among them. */
  reason: string | null;
}

export interface Chart {
  id: string;
  /** The machine first, each state before what is inside it. */
  states: ChartState[];
  transitions: ChartTransition[];
}

type Config = Record<string, unknown>;

/** Throws an error that says what is wrong with the text. An actor that is no machine has a chart without states. */
export function readChart(definition: string): Chart {
  const root = fields(JSON.parse(definition));
  const id = String(root.id ?? 'machine');
  const configs = new Map<string, Config>();
  const states = [...statesBelow(root, '', id, null, configs)];
  const resolve = targetResolver(configs, id);
  const transitions = [...configs].flatMap(([path, config]) =>
    [...declared(config)].map(([event, transition]) => readTransition(path, event, transition, resolve)),
  );
  return { id, states, transitions };
}

function* statesBelow(
  config: Config,
  path: string,
  name: string,
  parent: string | null,
  configs: Map<string, Config>,
): Generator<ChartState> {
  configs.set(path, config);
  const children = Object.entries(fields(config.states));
  const kind = kindOf(config, children.length > 0);
  const initial = kind === 'compound' ? join(path, nameOf(config.initial) ?? children[0]?.[0] ?? '') : null;
  yield { path, name, parent, kind, initial };
  for (const [key, child] of children) yield* statesBelow(fields(child), join(path, key), key, path, configs);
}

function kindOf({ type }: Config, hasChildren: boolean): StateKind {
  if (type === 'parallel' || type === 'final' || type === 'history') return type;
  return hasChildren ? 'compound' : 'atomic';
}

/** Every transition that a state has, beside the event it waits for. */
function* declared(config: Config): Generator<[event: string, transition: unknown]> {
  for (const [event, listed] of Object.entries(fields(config.on))) yield* each(event, listed);
  for (const [delay, listed] of Object.entries(fields(config.after))) yield* each(`after ${delay}`, listed);
  yield* each('always', config.always);
  yield* each('done', config.onDone);
  for (const invoked of many(config.invoke).map(fields)) {
    const actor = nameOf(invoked.src) ?? 'actor';
    yield* each(`${actor} done`, invoked.onDone);
    yield* each(`${actor} failed`, invoked.onError);
  }
}

function* each(event: string, listed: unknown): Generator<[string, unknown]> {
  for (const transition of many(listed)) yield [event, transition];
}

function readTransition(
  source: string,
  event: string,
  declaredAs: unknown,
  resolve: (target: string, source: string) => string,
): ChartTransition {
  const transition = typeof declaredAs === 'string' ? { target: declaredAs } : fields(declaredAs);
  const actions = many(transition.actions);
  const because = actions.find((action) => nameOf(action) === 'because');
  const reason = fields(fields(because).params).reason;
  return {
    source,
    event,
    guard: transition.guard === undefined ? null : (nameOf(transition.guard) ?? 'guard'),
    targets: many(transition.target).map((target) => resolve(String(target), source)),
    actions: actions.map((action) => nameOf(action) ?? 'action'),
    reason: typeof reason === 'string' ? reason : null,
  };
}

/** `#id.child` → below the state with that id; `.child` → inside the source; else a sibling of the source. */
function targetResolver(configs: Map<string, Config>, rootId: string) {
  const pathOfId = new Map([[rootId, '']]);
  for (const [path, { id }] of configs) if (typeof id === 'string') pathOfId.set(id, path);

  return (target: string, source: string): string => {
    const path = target.startsWith('#')
      ? byId(target.slice(1))
      : target.startsWith('.')
        ? join(source, target.slice(1))
        : join(parentOf(source), target);
    if (!configs.has(path)) throw new Error(`a transition of "${source}" leads to "${target}", which does not exist`);
    return path;
  };

  function byId(target: string): string {
    const parts = target.split('.');
    for (let length = parts.length; length > 0; length--) {
      const path = pathOfId.get(parts.slice(0, length).join('.'));
      if (path !== undefined) return parts.slice(length).reduce(join, path);
    }
    return target;
  }
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

/** Of the machine itself: the machine itself, whose targets are looked up inside it. */
export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('.')));

/** Is it this state, or inside of it? */
export const isWithin = (path: string, scope: string): boolean =>
  scope === '' || path === scope || path.startsWith(`${scope}.`);

/** `FRAME [isCurrent]` */
export const labelOf = ({ event, guard }: Pick<ChartTransition, 'event' | 'guard'>): string =>
  guard === null ? event : `${event} [${guard}]`;

const many = (value: unknown): unknown[] => (value === undefined || value === null ? [] : [value].flat());

/** Anything that is no object has no fields. */
const fields = (value: unknown): Config => (typeof value === 'object' && value !== null ? (value as Config) : {});

/** `'isCurrent'` and `{ type: 'isCurrent' }` are two ways to write the same. */
function nameOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  const { type, target } = fields(value);
  return typeof type === 'string' ? type : typeof target === 'string' ? target : undefined;
}
