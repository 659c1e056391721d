/** How actors live in a mesh: on the runtime's clock, and peers adopted by their node instead of held in `children`. */
import {
  type ActorOptions,
  type AnyActorLogic,
  type AnyActorRef,
  createActor,
  fromPromise,
  type InputFrom,
  type InspectionEvent,
  type Observer,
} from 'xstate';
import type { Runtime } from '../runtime.js';

export type Inspect = Observer<InspectionEvent> | ((event: InspectionEvent) => void);

type Clock = NonNullable<ActorOptions<AnyActorLogic>['clock']>;

export function actorClock(runtime: Runtime): Clock {
  return {
    setTimeout: (callback, delayMs) => runtime.setTimeout(() => callback(), delayMs),
    clearTimeout: (handle) => runtime.clearTimeout(handle),
  };
}

/** An observer that throws would kill the actor that it watches. */
export function guardedInspect(inspect: Inspect, failed: (error: unknown) => void): (event: InspectionEvent) => void {
  return (event) => {
    try {
      if (typeof inspect === 'function') inspect(event);
      else inspect.next?.(event);
    } catch (error) {
      failed(error);
    }
  };
}

/** The machines' `ioTurn`: done when what waited in the sockets has been read. */
export function ioTurn(runtime: Runtime) {
  return fromPromise<void>(() => new Promise((resolve) => runtime.afterIoTurn(resolve)));
}

export interface Adoption<Logic extends AnyActorLogic> {
  parent: AnyActorRef;
  id: string;
  input: InputFrom<Logic>;
  /** The actor reached its final state, or (with an error) an effect threw. Called once. */
  ended(error?: unknown): void;
}

/**
 * A child in the same actor system (clock, inspection, error relay) that is in nobody's `children`: spawning and
 * stopping one among a thousand siblings stays cheap. The adopter keeps the reference and must end it before `parent`.
 */
export function adopt<Logic extends AnyActorLogic>(logic: Logic, { parent, id, input, ended }: Adoption<Logic>) {
  const actor = createActor(logic, { parent, id, systemId: id, input } as ActorOptions<Logic>);
  actor.subscribe({ complete: () => ended(), error: ended });
  return actor;
}
