/** What an actor did last, in the words of its chart. */
import type { Chart, ChartTransition } from '../../chart/chart.js';
import type { Actor, Armed, Step } from '../store/state.js';

/** `peer.active.steady` → `active.steady`; the machine itself is ''. */
export const pathOfId = (id: string): string => (id.includes('.') ? id.slice(id.indexOf('.') + 1) : '');

/** `xstate.after.PROBE.peer.active.verifying` → `after PROBE`; '' → `always`. */
export function eventName(eventType: string): string {
  if (eventType === '') return 'always';
  const delay = /^xstate\.after\.(.+?)\.[a-z]/.exec(eventType)?.[1];
  if (delay !== undefined) return `after ${delay}`;
  const ended = /^xstate\.(done|error)\.actor\./.exec(eventType)?.[1];
  return ended === undefined ? eventType : ended === 'done' ? 'done' : 'failed';
}

/** The latest transition that led somewhere, else null. */
export const lastMove = ({ steps }: Actor): Step | null => steps.findLast(({ to }) => to.length > 0) ?? null;

/** The transition of the chart that a step took: it knows the reason. */
export function transitionOf(chart: Chart, step: Step): ChartTransition | undefined {
  const source = pathOfId(step.from);
  const targets = step.to.map(pathOfId).join();
  const event = eventName(step.eventType);
  return chart.transitions.find(
    (transition) =>
      transition.source === source &&
      transition.guard === step.guard &&
      transition.targets.join() === targets &&
      (transition.event === step.eventType || transition.event === event || transition.event.endsWith(` ${event}`)),
  );
}

/** Which delay is armed, and in which state. */
export function armedDelay({ eventType }: Armed): { name: string; path: string } {
  const [, name = eventType, id = ''] = /^xstate\.after\.(.+?)\.([a-z].*)$/.exec(eventType) ?? [];
  return { name, path: pathOfId(id) };
}
