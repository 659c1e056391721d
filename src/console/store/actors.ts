/** The actors of the daemon: which state each is in, what it did last, what it waits for. */
import type {
  ActorMessage,
  DelaysMessage,
  EventMessage,
  SnapshotMessage,
  StepMessage,
} from '../../inspect/messages.js';
import { pushBounded } from './bounded.js';
import { type Actor, type ConsoleState, LIMITS } from './state.js';

export function applyActor(state: ConsoleState, message: ActorMessage): void {
  if (!message.definition.includes('"states"')) return; // a promise or a callback, of which there is nothing to see
  if (state.actors.size >= LIMITS.actors && !state.actors.has(message.sessionId)) return;
  state.actors.set(message.sessionId, {
    sessionId: message.sessionId,
    rootId: message.rootId,
    parentId: message.parentId ?? null,
    name: message.name,
    definition: message.definition,
    ...seen(message.snapshot),
    armed: [],
    steps: [],
    events: [],
  });
}

export function applySnapshot(state: ConsoleState, { sessionId, snapshot }: SnapshotMessage): void {
  const actor = state.actors.get(sessionId);
  if (actor === undefined) return;
  Object.assign(actor, seen(snapshot));
  if (actor.status === 'active') return;
  actor.armed = [];
  forgetEnded(state);
}

export function applyEvent(state: ConsoleState, { sessionId, event }: EventMessage, atMs: number): void {
  const actor = state.actors.get(sessionId);
  if (actor) pushBounded(actor.events, { type: event.type, atMs }, LIMITS.events);
}

export function applyStep(state: ConsoleState, { sessionId, type: _type, ...step }: StepMessage): void {
  const actor = state.actors.get(sessionId);
  if (actor) pushBounded(actor.steps, step, LIMITS.steps);
}

export function applyDelays(state: ConsoleState, { sessionId, armed }: DelaysMessage): void {
  const actor = state.actors.get(sessionId);
  if (actor) actor.armed = armed;
}

type Seen = Pick<Actor, 'status' | 'lit' | 'context' | 'error'>;
const seen = ({ status, value, context, error }: SnapshotMessage['snapshot']): Seen => ({
  status,
  lit: pathsOf(value),
  context,
  error,
});

/** `{ active: 'steady' }` → `active`, `active.steady`. What is no state value has none. */
export function pathsOf(value: unknown, above = ''): string[] {
  if (typeof value === 'string') return [above + value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [above + key, ...pathsOf(inner, `${above}${key}.`)]);
}

/** Peers come and go for weeks: of those that have ended only the latest are kept to look at. */
function forgetEnded(state: ConsoleState): void {
  const ended = [...state.actors.values()].filter(({ status }) => status !== 'active');
  for (const { sessionId } of ended.slice(0, Math.max(0, ended.length - LIMITS.endedActors))) {
    state.actors.delete(sessionId);
  }
}
