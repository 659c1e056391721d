import type { InspectionEvent } from 'xstate';

/** An inspector that adds the transitions that are taken to `taken` and remembers the event type of the last one. */
export class Recorder {
  lastType = '';
  readonly taken: Set<object>;

  constructor(taken: Set<object>) {
    this.taken = taken;
  }

  readonly inspect = (inspected: InspectionEvent): void => {
    if (inspected.type !== '@xstate.microstep') return;
    for (const transition of inspected._transitions) {
      this.taken.add(transition);
      if (transition.eventType !== '') this.lastType = transition.eventType;
    }
  };
}
