/**
 * Tables of transitions: what must come of one event in one situation, written by hand beside the chart. A row is
 * exact: the state, every effect in its order, and every field of the context that changed and no other.
 */
export interface Row<Step> {
  /** The rule in words. */
  rule: string;
  /** The way into the situation; its effects do not count. */
  from: Step[];
  when: Step | Step[];
  to: string;
  does?: string[];
  sets?: Record<string, unknown>;
}

export interface Subject<Step> {
  state(): string;
  context(): object;
  /** Effects asked for since the last call. */
  done(): string[];
  take(step: Step): void | Promise<void>;
  stop(): void;
}

export interface Outcome {
  to: string;
  does: string[];
  sets: Record<string, unknown>;
}

export const expected = <Step>({ to, does = [], sets = {} }: Row<Step>): Outcome => ({ to, does, sets });

/** What the machine under test makes of a row. Waits for the I/O turn only where a row says so. */
export async function outcome<Step>(row: Row<Step>, subject: Subject<Step>): Promise<Outcome> {
  const when = [row.when].flat() as Step[];
  let before = {};
  for (const [n, step] of [...row.from, ...when, null].entries()) {
    if (n === row.from.length) {
      subject.done();
      before = subject.context();
    }
    const turn = step === null ? undefined : subject.take(step);
    if (turn) await turn;
  }
  const changed = Object.entries(subject.context()).filter(([name, value]) => !same(value, before[name as never]));
  const result = { to: subject.state(), does: subject.done(), sets: Object.fromEntries(changed) };
  subject.stop();
  return result;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
