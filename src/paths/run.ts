/** A machine on virtual time, driven step by step: what happens, the passing of time and I/O turns are all steps. */
import {
  type AnyActorRef,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  fromPromise,
  type MachineContext,
} from 'xstate';
import { VirtualClock } from '../sim/virtual-clock.js';
import { allTransitions } from './chart.js';

export type Step =
  /** Time passes; each timer fires when it is due. */
  | { type: 'WAIT'; ms: number }
  /** The process stands still; at the end everything overdue fires once, late. */
  | { type: 'FREEZE'; ms: number }
  /** What waited in the sockets has been read: the oldest I/O turn that the machine waits for ends. */
  | { type: 'IO_TURN' }
  /** An event of the machine. */
  | { type: string; [field: string]: unknown };

/** Steps that are no events of the machine. */
export const PASSING: ReadonlySet<string> = new Set(['WAIT', 'FREEZE', 'IO_TURN']);

/** How an effect reads in a list; null leaves it out. `context` is what the effect was called with. */
export type EffectWords = (name: string, params: Record<string, unknown>, context: MachineContext) => string | null;

export interface Run {
  /** Effects of the start. */
  readonly begun: string[];
  readonly snapshot: AnyMachineSnapshot;
  /** Milliseconds until each armed timer, the nearest first. */
  dueInMs(): number[];
  /** An I/O turn has begun and not ended. */
  awaitsTurn(): boolean;
  /** Effects that the machine asked for, in order. Throws what an effect threw. */
  step(step: Step): string[];
  /** Transitions taken in the last step, by identity. */
  readonly taken: ReadonlySet<object>;
  /** Ends the actor; returns the timers that it left armed. */
  stop(): number;
}

/** The machine with its effects written down, and with time and I/O turns in the hands of the caller. */
export class Rig {
  /** Every transition of the chart and its name; `Run.taken` holds these objects. */
  readonly transitions: ReadonlyMap<object, string>;
  /** As it runs here. */
  readonly machine: AnyStateMachine;
  #effects: string[] = [];
  #turns: AnyActorRef[] = [];

  constructor(machine: AnyStateMachine, words: EffectWords) {
    const named = Object.entries(machine.implementations.actions as Record<string, unknown>);
    this.machine = machine.provide({
      // Ended by hand, so that a step decides when the sockets have been read.
      actors: {
        ioTurn: fromPromise(({ self }) => {
          this.#turns.push(self);
          return new Promise<void>(() => {});
        }),
      },
      actions: Object.fromEntries(
        named.filter(isEffect).map(([name, effect]) => [
          name,
          (args: { context: MachineContext }, params: Record<string, unknown> | undefined) => {
            const text = words(name, params ?? {}, args.context);
            if (text !== null) this.#effects.push(text);
            effect(args, params);
          },
        ]),
      ),
    });
    this.transitions = allTransitions(this.machine);
  }

  start(input: unknown): Run {
    const clock = new VirtualClock();
    const taken = new Set<object>();
    const turns: AnyActorRef[] = [];
    let failure: { error: unknown } | undefined;
    const actor = createActor(this.machine, {
      clock,
      input,
      inspect: (seen) => {
        if (seen.type === '@xstate.microstep') for (const transition of seen._transitions) taken.add(transition);
      },
    });
    actor.subscribe({ error: (error) => (failure = { error }) });
    const liveTurns = () => turns.filter((turn) => turn.getSnapshot().status === 'active');
    /** Machine effects go to whoever drives the machine now: runs may take turns. */
    const drive = (act: () => void): string[] => {
      this.#effects = [];
      this.#turns = turns;
      taken.clear();
      act();
      if (failure) throw failure.error;
      return this.#effects;
    };
    const endTurn = () => {
      const [turn] = liveTurns();
      if (!turn) return;
      turns.splice(turns.indexOf(turn), 1);
      actor.send({ type: `xstate.done.actor.${turn.id}`, output: undefined, actorId: turn.id });
    };
    const begun = drive(() => actor.start());
    return {
      begun,
      get snapshot() {
        return actor.getSnapshot();
      },
      taken,
      dueInMs: () => clock.dueInMs(),
      awaitsTurn: () => liveTurns().length > 0,
      step: (step) =>
        drive(() => {
          if (step.type === 'WAIT') clock.advance(step.ms as number);
          else if (step.type === 'FREEZE') clock.freeze(step.ms as number);
          else if (step.type === 'IO_TURN') endTurn();
          else actor.send(step);
        }),
      stop: () => {
        actor.stop();
        return clock.pending;
      },
    };
  }
}

/** `assign`, `raise` and their like are functions too, but they act on the machine alone. */
function isEffect(entry: [string, unknown]): entry is [string, (...args: unknown[]) => void] {
  return typeof entry[1] === 'function' && !('resolve' in entry[1]);
}
