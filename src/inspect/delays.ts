/** Which delayed transitions are armed, looked up a moment after machines moved: a lookup goes through all timers of a system. */
import type { AnyActorRef } from 'xstate';
import type { DelaysMessage } from './messages.js';

export class Delays {
  /** Machines that moved since the last look, and when; null: some time ago. */
  readonly #moved = new Map<AnyActorRef, number | null>();

  /** `atMs`: when its timers were armed; null when that is long ago. */
  touch(actor: AnyActorRef, atMs: number | null): void {
    this.#moved.set(actor, atMs);
  }

  get isEmpty(): boolean {
    return this.#moved.size === 0;
  }

  /** Whoever moved since the last call, with what is armed in it now. */
  take(nowMs: number): { actor: AnyActorRef; message: DelaysMessage }[] {
    const actors = [...this.#moved.keys()];
    const armed = new Map(actors.map((actor) => [actor, [] as DelaysMessage['armed']]));
    for (const system of new Set(actors.map((actor) => actor.system))) {
      for (const { source, event, delay, startedAt } of Object.values(system.getSnapshot()._scheduledEvents)) {
        const armedAtMs = this.#moved.get(source) ?? startedAt;
        armed.get(source)?.push({ eventType: event.type, delayMs: delay, dueAtMs: armedAtMs + delay });
      }
    }
    this.#moved.clear();
    return actors.map((actor) => ({
      actor,
      message: {
        type: 'wakemesh.delays',
        atMs: nowMs,
        sessionId: actor.sessionId,
        armed: armed.get(actor) ?? [],
      },
    }));
  }

  clear(): void {
    this.#moved.clear();
  }
}
