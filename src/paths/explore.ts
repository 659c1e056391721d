/** From a machine to paths that take every transition of it, found with @xstate/graph in virtual time. */
import { getAdjacencyMap } from '@xstate/graph';
import { type AnyStateMachine, fromTransition } from 'xstate';
import { allTransitions, stateName } from './chart.js';
import { dueInMs, type Moment, type Stepped, Stepper } from './moment.js';
import { PASSING, type Step } from './run.js';
import type { Subject, View, Word } from './subject.js';

/** Edges followed before a walk is given up. */
const EDGE_LIMIT = 200_000;

/** Where a path ends, and what its last word made the machine do. */
export interface Outcome {
  /** `active.steady`; of regions side by side all: `aftercare.ready + attention.watching`. */
  state: string;
  /** Effects that the last word asked for, in order. */
  effects: string[];
  context: object;
}

/** A test of a machine: what happens to it, one step after the other, and what comes of the last. */
export interface TransitionPath {
  /** The situation, what happens in it and the state that comes of it. Unique among the paths of a machine. */
  name: string;
  /** Transitions of the chart that this path is the first to take, by place and rank. */
  takes: string[];
  /** Every word from the start of the machine in plain text. */
  story: string[];
  input: unknown;
  /** Steps of each word, in order. */
  words: Step[][];
  outcome: Outcome;
}

/** A node of the walk: the way there and where it led. */
interface Visit {
  words: Word[];
  now: Stepped;
}

/** Every transition of the chart is taken by one of the paths, or by none that `subject` has words for. */
export function explore(machine: AnyStateMachine, subject: Subject<object>): TransitionPath[] {
  const transitions = allTransitions(machine);
  const missing = new Set(transitions.keys());
  const paths: TransitionPath[] = [];
  const names = new Set<string>();
  for (const start of subject.starts) {
    const stepper = new Stepper(machine, subject.effect, start.input);
    const follow = (from: Visit, next: Word): Visit => {
      const to = { words: [...from.words, next], now: stepper.take(from.now, next.steps) };
      const takes = [...to.now.taken]
        .filter((transition) => missing.delete(transition))
        .map((transition) => transitions.get(transition) ?? '');
      if (takes.length === 0) return to;
      const title = titleOf(subject, from, to, takes);
      const name = names.has(title) ? `${title} (${takes[0]})` : title;
      names.add(name);
      paths.push({
        name,
        takes,
        story: [start.words, ...to.words.map(({ type }) => type)].filter((words) => words !== ''),
        input: start.input,
        words: to.words.map(({ steps }) => steps),
        outcome: { state: stateName(to.now.snapshot.value), effects: to.now.effects, context: to.now.snapshot.context },
      });
      return to;
    };
    getAdjacencyMap(fromTransition(follow, { words: [], now: stepper.start(start.input) }), {
      // Once every transition has its path, nothing is followed any more.
      events: ({ context: { now } }) => (missing.size === 0 ? [] : wordsFor(machine, subject, now)),
      serializeState: ({ context: { now } }) => subject.key(viewOf(now)),
      serializeEvent: ({ type }) => type,
      limit: EDGE_LIMIT,
    });
  }
  return paths;
}

const viewOf = (now: Moment): View<object> => ({
  state: stateName(now.snapshot.value),
  context: now.snapshot.context,
  dueInMs: dueInMs(now),
  awaitsTurn: now.turns.length > 0,
});

/** Words that the chart has an answer to here, be it that nothing happens. Time always passes. */
function wordsFor(machine: AnyStateMachine, subject: Subject<object>, now: Moment): Word[] {
  if (now.snapshot.status !== 'active') return [];
  const hears = ([first]: Step[]): boolean =>
    first !== undefined && (PASSING.has(first.type) || machine.getTransitionData(now.snapshot, first).length > 0);
  return subject.words(viewOf(now)).filter(({ steps }) => hears(steps));
}

/** `active.steady, 3 s silent, LEFT unsigned → active.verifying`. Of regions side by side those where it happens. */
function titleOf(subject: Subject<object>, from: Visit, to: Visit, takes: string[]): string {
  const before = viewOf(from.now);
  const after = stateName(to.now.snapshot.value);
  const regions = before.state.split(' + ');
  const moved = regions.length === 1 ? regions : regions.filter((region) => takes.some((place) => isIn(region, place)));
  const results = after.split(' + ').filter((_, index) => moved.includes(regions[index] ?? ''));
  const here = moved.join(' + ') || 'any state';
  const there = regions.length === 1 ? after : results.join(' + ') || 'the same';
  return `${[here, ...subject.traits(before), to.words.at(-1)?.type].join(', ')} → ${there}`;
}

/** `node.cadence.first after FIRST_ANNOUNCE #1` happens in the region `cadence.first`. */
const isIn = (region: string, place: string): boolean => place.split(/[. ]/)[1] === region.split('.')[0];
