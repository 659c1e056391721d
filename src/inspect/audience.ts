/** One viewer of a live mesh: which actors it has been told of, and what it has missed because it read too slowly. */
import type { AnyActorRef } from 'xstate';
import type { Viewer } from './source.js';

export class Audience {
  readonly #viewer: Viewer;
  /** Actors that it has been told of, until it has been told of their end. */
  readonly #known = new Set<AnyActorRef>();
  /** Of those, the ones of which it has not been told everything. */
  readonly #missed = new Set<AnyActorRef>();
  /** Something was left out that is about no actor: peers, relays, marks. */
  #missedPicture = false;
  #dropped = 0;

  constructor(viewer: Viewer) {
    this.#viewer = viewer;
  }

  knows(actor: AnyActorRef): boolean {
    return this.#known.has(actor);
  }

  /** Those it knows and that are not among the living. */
  strangersTo(living: ReadonlySet<AnyActorRef>): AnyActorRef[] {
    return [...this.#known].filter((actor) => !living.has(actor));
  }

  /** The first word of an actor. `false`: it was not taken, and is to be said later. */
  introduce(actor: AnyActorRef, text: string): boolean {
    const taken = this.#viewer.send(text);
    if (taken) this.#known.add(actor);
    else this.postpone();
    return taken;
  }

  /** An actor is introduced later, if it lives on. */
  postpone(): void {
    this.#dropped += 1;
  }

  /** `about`: the actor of which it misses something when the message is not taken. */
  tell(text: string, about?: AnyActorRef): void {
    if (!this.#viewer.send(text)) this.miss(about);
  }

  /** `about`: as for `tell`. */
  miss(about?: AnyActorRef): void {
    this.#dropped += 1;
    if (!about) this.#missedPicture = true;
    else if (this.#known.has(about)) this.#missed.add(about);
  }

  forget(actor: AnyActorRef): void {
    this.#known.delete(actor);
    this.#missed.delete(actor);
  }

  /** Says how much was missed, once that is taken; null when there is nothing to say, or it must wait. */
  resume(marker: (dropped: number) => string): { actors: AnyActorRef[]; picture: boolean } | null {
    if (this.#dropped === 0 || !this.#viewer.send(marker(this.#dropped))) return null;
    const missed = { actors: [...this.#missed], picture: this.#missedPicture };
    this.#dropped = 0;
    this.#missed.clear();
    this.#missedPicture = false;
    return missed;
  }
}
