/** Actors and what xstate tells of them, as messages of @statelyai/inspect 0.7. */
import type { AnyActorRef, AnyEventObject } from 'xstate';
import { type ActorMessage, type EventMessage, INSPECT_VERSION, type SnapshotMessage } from './messages.js';
import { cleanError, cleanText, sanitize } from './sanitize.js';

const MAX_CHILDREN = 100;

/** What is there of an actor at run time and not in its type. */
interface Insides {
  logic?: { config?: object };
  _parent?: AnyActorRef;
  /** There before the first snapshot is, when `getSnapshot()` still throws. */
  _snapshot?: LooseSnapshot;
}

export interface LooseSnapshot {
  status?: 'active' | 'done' | 'error' | 'stopped';
  value?: unknown;
  tags?: Iterable<string>;
  context?: unknown;
  children?: Record<string, AnyActorRef | undefined>;
  error?: unknown;
  output?: unknown;
}

export function snapshotOf(actor: AnyActorRef): LooseSnapshot {
  return (actor as Insides)._snapshot ?? {};
}

/** Of the system that it belongs to. */
export function rootIdOf(actor: AnyActorRef): string {
  let root = actor;
  for (let parent = (root as Insides)._parent; parent; parent = (root as Insides)._parent) root = parent;
  return root.sessionId;
}

export function actorMessage(actor: AnyActorRef, nowMs: number): ActorMessage {
  const { logic, _parent: parent } = actor as Insides;
  return {
    type: '@xstate.actor',
    name: cleanText(actor.id),
    definition: definitionOf(logic?.config, actor.id),
    ...(parent && { parentId: parent.sessionId }),
    snapshot: cleanSnapshot(snapshotOf(actor)),
    ...header(actor, nowMs),
  };
}

export function eventMessage(
  actor: AnyActorRef,
  event: AnyEventObject,
  source: AnyActorRef | undefined,
  nowMs: number,
): EventMessage {
  return {
    type: '@xstate.event',
    ...(source && { sourceId: source.sessionId }),
    event: sanitize(event) as { type: string },
    ...header(actor, nowMs),
  };
}

export function snapshotMessage(
  actor: AnyActorRef,
  event: AnyEventObject,
  snapshot: LooseSnapshot,
  nowMs: number,
): SnapshotMessage {
  return {
    type: '@xstate.snapshot',
    event: sanitize(event) as { type: string },
    snapshot: cleanSnapshot(snapshot),
    ...header(actor, nowMs),
  };
}

function header(actor: AnyActorRef, nowMs: number) {
  const createdAt = String(Math.round(nowMs));
  return { _version: INSPECT_VERSION, createdAt, id: null, sessionId: actor.sessionId, rootId: rootIdOf(actor) };
}

function cleanSnapshot({ status = 'active', value, tags, context, children, error, output }: LooseSnapshot) {
  const childIds = Object.keys(children ?? {}).slice(0, MAX_CHILDREN);
  return {
    status,
    ...(value !== undefined && { value }),
    tags: [...(tags ?? [])],
    context: sanitize(context ?? {}),
    children: Object.fromEntries(childIds.map((id) => [cleanText(id), { id: cleanText(id), xstate$$type: 1 }])),
    historyValue: {},
    ...(error !== undefined && { error: cleanError(error) }),
    ...(output !== undefined && { output: sanitize(output) }),
  };
}

/** One text for each machine, not for each actor: twenty kilobytes take a while to write. */
const definitions = new WeakMap<object, string>();

/** The context is cut out, since a literal one may hold anything. */
function definitionOf(config: object | undefined, id: string): string {
  if (config === undefined) return JSON.stringify({ id: cleanText(id) });
  const known = definitions.get(config);
  if (known !== undefined) return known;
  const { context: _, ...rest } = config as { context?: unknown };
  const text = JSON.stringify(rest, (_key, value) =>
    typeof value === 'function' ? { type: value.name || 'inline' } : value,
  );
  definitions.set(config, text);
  return text;
}
