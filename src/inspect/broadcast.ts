/** Messages to all viewers: written once, at most so many a second, and none about an actor that a viewer does not know. */
import type { AnyActorRef } from 'xstate';
import type { Audience } from './audience.js';
import type { InspectMessage } from './messages.js';

export class Broadcast {
  readonly audiences = new Set<Audience>();
  readonly #maxPerSecond: number;
  #left: number;

  constructor(maxPerSecond: number) {
    this.#maxPerSecond = maxPerSecond;
    this.#left = maxPerSecond;
  }

  /** A second has passed. */
  refill(): void {
    this.#left = this.#maxPerSecond;
  }

  /** To everybody, whatever the pace: for what is rare or paced already. */
  tell(message: InspectMessage): void {
    const text = JSON.stringify(message);
    for (const audience of this.audiences) audience.tell(text);
  }

  /** The first word of a new actor. Beyond the pace it waits: an actor that lives on is introduced later. */
  introduce(actor: AnyActorRef, write: () => InspectMessage): void {
    if (!this.#mayGo()) {
      for (const audience of this.audiences) audience.postpone();
      return;
    }
    const text = JSON.stringify(write());
    for (const audience of this.audiences) audience.introduce(actor, text);
  }

  /** To those who know the actor, within the pace. */
  tellOf(actor: AnyActorRef, write: () => InspectMessage): void {
    const listeners = [...this.audiences].filter((audience) => audience.knows(actor));
    if (listeners.length === 0) return;
    if (!this.#mayGo()) {
      for (const audience of listeners) audience.miss(actor);
      return;
    }
    const text = JSON.stringify(write());
    for (const audience of listeners) audience.tell(text, actor);
  }

  /** Something about the actor could not be told. */
  lose(actor: AnyActorRef): void {
    for (const audience of this.audiences) audience.miss(actor);
  }

  #mayGo(): boolean {
    this.#left -= 1;
    return this.#left >= 0;
  }
}
