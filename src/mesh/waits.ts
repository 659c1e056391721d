/** Everybody in one network who waits for the word of a peer. The wait machine decides how long; the sweep is its clock. */
import type { ActorRefFrom, AnyActorRef } from 'xstate';
import { waitMachine } from '../../machines/wait.js';
import type { Runtime } from '../runtime.js';
import { adopt, ioTurn } from './actors.js';

export interface Wait<T> {
  /** A part has come: the rest has the whole time again. */
  progress(): void;
  /** `false`: there was an outcome already, this one is not told. */
  settle(outcome: T): boolean;
}

export class Waits {
  readonly #parent: AnyActorRef;
  readonly #machine: typeof waitMachine;
  readonly #waiting = new Set<ActorRefFrom<typeof waitMachine>>();
  #lastId = 0;

  constructor(parent: AnyActorRef, runtime: Runtime) {
    this.#parent = parent;
    this.#machine = waitMachine.provide({ actors: { ioTurn: ioTurn(runtime) } });
  }

  /** `ended` is called once: with what `settle` was given, or with `expired` when nothing came in time. */
  open<T>(limitMs: number, expired: T, ended: (outcome: T) => void): Wait<T> {
    let outcome = expired;
    const actor = adopt(this.#machine, {
      parent: this.#parent,
      id: `wait:${++this.#lastId}`,
      input: { limitMs },
      ended: () => {
        this.#waiting.delete(actor);
        ended(outcome);
      },
    });
    this.#waiting.add(actor);
    actor.start();
    return {
      progress: () => {
        if (this.#waiting.has(actor)) actor.send({ type: 'PROGRESS' });
      },
      settle: (result) => {
        if (!this.#waiting.has(actor)) return false;
        outcome = result;
        actor.send({ type: 'SETTLED' });
        return true;
      },
    };
  }

  sweep(): void {
    for (const actor of [...this.#waiting]) actor.send({ type: 'TICK' });
  }
}
