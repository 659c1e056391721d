/** A model and the shipped machine, side by side: what the model foretells must be seen of the machine, step by step. */
import { adjacencyMapToArray, getAdjacencyMap } from '@xstate/graph';
import { expect } from 'vitest';
import { type AnyMachineSnapshot, type AnyStateMachine, fromTransition } from 'xstate';
import { stateName } from '../../../src/paths/chart.js';
import { dueInMs, type Moment, Stepper } from '../../../src/paths/moment.js';
import { type EffectWords, Rig, type Step } from '../../../src/paths/run.js';
import type { View, Word } from '../../../src/paths/subject.js';
import type { Rng } from '../../../src/sim/rng.js';
import type { Model, Sight } from './model.js';

const EDGE_LIMIT = 200_000;
/** Words about time are few among many: without a share of their own no walk would come far. */
const TIME_SHARE = 0.4;

export interface Pair<State> {
  machine: AnyStateMachine;
  effect: EffectWords;
  input: unknown;
  model: Model<State>;
  /** What may happen next. */
  words(view: View<never>): Word[];
  /** What may happen too, and must change nothing anywhere. */
  vainWords?: Word[];
  /** Two situations with the same key are one node of the graph. */
  key(state: State): string;
}

/** Both at one moment, and how they came there. */
export interface Situation<State> {
  told: readonly Word[];
  state: State;
  now: Moment;
}

export interface Edge<State> {
  from: Situation<State>;
  to: Situation<State>;
}

/** Sees the start and every step of a live walk, and throws what it does not want to see. */
export type Watch = (sight: Sight, step?: Step) => void;

const tale = (told: readonly Word[]): string => told.map(({ type }) => type).join(' · ') || 'the start';
const isTime = ({ steps: [step] }: Word): boolean => step?.type === 'WAIT' || step?.type === 'IO_TURN';
const isTimely = (word: Word): boolean => isTime(word) || word.steps[0]?.type === 'TICK';

export class Lockstep<State> {
  readonly #pair: Pair<State>;
  readonly #rig: Rig;
  readonly #stepper: Stepper;
  /** Transitions of the machine that were taken, by identity. */
  readonly #taken = new Set<object>();

  constructor(pair: Pair<State>) {
    this.#pair = pair;
    this.#rig = new Rig(pair.machine, pair.effect);
    this.#stepper = new Stepper(this.#rig.machine, pair.effect, pair.input);
  }

  /** Places of transitions that no walk took. */
  missed(): string[] {
    return [...this.#rig.transitions].filter(([each]) => !this.#taken.has(each)).map(([, place]) => place);
  }

  /** Every situation that the key tells apart × every word. */
  edges(): Edge<State>[] {
    const adjacency = getAdjacencyMap(
      fromTransition((from: Situation<State>, word: Word) => this.take(from, word), this.start()),
      {
        events: ({ context }) => [...this.#words(context), ...(this.#pair.vainWords ?? [])],
        serializeState: ({ context }) => this.#pair.key(context.state),
        serializeEvent: ({ type }) => type,
        limit: EDGE_LIMIT,
      },
    );
    return adjacencyMapToArray(adjacency).map(({ state, nextState }) => ({
      from: state.context,
      to: nextState.context,
    }));
  }

  /**
   * What is hidden in a situation comes out when one goes on: after each edge every suffix. A suffix is made of types of
   * words, or `time` for the next timer or the end of an I/O turn; a word that is not on offer where it comes up is left
   * out.
   */
  goOn(edges: readonly Edge<State>[], suffixes: readonly (readonly string[])[]): void {
    // Where both are exactly as they were after another edge, exactly the same would follow.
    const different = new Map(edges.map(({ to }) => [everythingOf(to), to]));
    for (const from of different.values()) {
      for (const suffix of suffixes) {
        let at = from;
        for (const type of suffix) {
          const word = this.#words(at).find((each) => each.type === type || (type === 'time' && isTime(each)));
          if (word) at = this.take(at, word);
        }
      }
    }
  }

  /** At random on live actors with real timers on the virtual clock, each walk from the end of some edge. */
  walk(
    edges: readonly Edge<State>[],
    rng: Rng,
    { walks, length }: { walks: number; length: number },
    watch: () => Watch,
  ): void {
    const { model, input } = this.#pair;
    for (let n = 0; n < walks; n += 1) {
      const see = watch();
      const run = this.#rig.start(input);
      const told: Word[] = [];
      let state = model.start();
      const check = (effects: string[], step?: Step) => {
        const foretold = model.sight(state);
        const seen = { snapshot: run.snapshot, effects, dueInMs: run.dueInMs(), awaitsTurn: run.awaitsTurn() };
        compare(foretold, seen, told);
        see(foretold, step);
        this.#note(run.taken);
      };
      const take = (word: Word) => {
        told.push(word);
        for (const step of word.steps) {
          if (run.snapshot.status !== 'active') break;
          state = model.after(state, step);
          check(run.step(step), step);
        }
      };
      check(run.begun);
      for (const word of rng.pick(edges).to.told) take(word);
      for (let left = length; left > 0 && run.snapshot.status === 'active'; left -= 1) {
        const words = this.#pair.words(viewOf(model.sight(state)));
        const timely = words.filter(isTimely);
        take(rng.pick(timely.length > 0 && rng.chance(TIME_SHARE) ? timely : words));
      }
      expect(run.stop(), `timers that outlive the machine after ${tale(told)}`).toBe(0);
    }
  }

  start(): Situation<State> {
    const state = this.#pair.model.start();
    const now = this.#stepper.start(this.#pair.input);
    compare(this.#pair.model.sight(state), seenIn(now), []);
    return { told: [], state, now };
  }

  take(from: Situation<State>, word: Word): Situation<State> {
    const { model } = this.#pair;
    const told = [...from.told, word];
    const now = this.#stepper.take(from.now, word.steps);
    this.#note(now.taken);
    const effects: string[] = [];
    let { state } = from;
    for (const step of word.steps) {
      state = model.after(state, step);
      effects.push(...model.sight(state).effects);
    }
    compare({ ...model.sight(state), effects }, seenIn(now), told);
    return { told, state, now };
  }

  #words({ state, now }: Situation<State>): Word[] {
    return now.snapshot.status === 'active' ? this.#pair.words(viewOf(this.#pair.model.sight(state))) : [];
  }

  #note(taken: Iterable<object>): void {
    for (const transition of taken) this.#taken.add(transition);
  }
}

const viewOf = ({ facts, ...seen }: Sight): View<never> => ({ ...seen, context: facts as never });

/** Of the machine and of the model, apart from what has just been done. */
const everythingOf = <State>({ state, now: { snapshot, timers, turns } }: Situation<State>): string =>
  JSON.stringify([snapshot.value, snapshot.context, timers, turns, { ...state, does: [] }]);

interface Seen {
  snapshot: AnyMachineSnapshot;
  effects: string[];
  dueInMs: number[];
  awaitsTurn: boolean;
}

const seenIn = (now: Moment & { effects: string[] }): Seen => ({
  snapshot: now.snapshot,
  effects: now.effects,
  dueInMs: dueInMs(now),
  awaitsTurn: now.turns.length > 0,
});

function compare(foretold: Sight, { snapshot, effects, dueInMs, awaitsTurn }: Seen, told: readonly Word[]): void {
  const names = Object.keys(foretold.facts);
  const facts = Object.fromEntries(names.map((name) => [name, snapshot.context[name]]));
  const seen: Sight = { state: stateName(snapshot.value), effects, dueInMs, awaitsTurn, facts };
  // Far cheaper than `expect`, which is only asked when there is something to say.
  if (JSON.stringify(seen) !== JSON.stringify(foretold)) expect(seen, `after ${tale(told)}`).toEqual(foretold);
}
