/** The transitions that a machine has just taken, by the names of its chart. */
import type { AnyActorRef, AnyTransitionDefinition } from 'xstate';
import type { StepMessage } from './messages.js';

export function stepMessages(actor: AnyActorRef, taken: AnyTransitionDefinition[], nowMs: number): StepMessage[] {
  return taken.map(({ source, target, eventType, guard }) => ({
    type: 'wakemesh.step',
    atMs: nowMs,
    sessionId: actor.sessionId,
    eventType,
    from: source.id,
    to: (target ?? []).map(({ id }) => id),
    guard: guardName(guard),
  }));
}

function guardName(guard: unknown): string | null {
  if (guard === undefined || guard === null) return null;
  if (typeof guard === 'string') return guard;
  const { type, name } = guard as { type?: unknown; name?: unknown };
  return String(type ?? (name || 'inline'));
}
