/** The other side's answers to our pings: no recording can hold them, since we ask at other times than was asked then. */
import type { Side } from '../protocol/recording.js';
import type { Conversation } from './conversation.js';

const ANSWER_MS = 1;
/** A recorded ping that has no answer by then has none. */
const ANSWERED_WITHIN_MS = 2_000;

interface Deaf {
  fromMs: number;
  /** When it reads what came meanwhile; never, when it was killed. */
  toMs: number;
}

export class Counterpart {
  readonly #deaf: Deaf[];

  constructor(conversation: Conversation, them: Side) {
    this.#deaf = [...whileStopped(conversation, them), ...whileSilent(conversation, them)];
  }

  /** When a ping sent at `ms` in this session is answered; undefined: never. */
  answersAt(ms: number): number | undefined {
    let atMs = ms;
    for (let again = true; again; ) {
      const deaf = this.#deaf.find(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs);
      again = deaf !== undefined;
      if (deaf) atMs = deaf.toMs;
    }
    return Number.isFinite(atMs) ? atMs + ANSWER_MS : undefined;
  }
}

/** Frozen, killed, told to be silent, or cut off: until it is heard again. */
function whileStopped({ acts, cuts, said }: Conversation, them: Side): Deaf[] {
  const heardAfter = (ms: number) => firstAfter(said, them, ms);
  const stopped = acts.flatMap((act): Deaf[] => {
    if (act.by !== them) return [];
    if (act.what === 'kill' || act.what === 'hush') return [{ fromMs: act.ms, toMs: heardAfter(act.ms) }];
    if (act.what !== 'freeze') return [];
    const thaw = acts.find(({ ms, what, by }) => what === 'thaw' && by === them && ms > act.ms);
    return [{ fromMs: act.ms, toMs: thaw?.ms ?? Number.POSITIVE_INFINITY }];
  });
  return [...stopped, ...cuts.map(({ fromMs, toMs }) => ({ fromMs, toMs: Math.max(toMs, heardAfter(fromMs)) }))];
}

/** After an outage a transport may hold back what it has: from a ping that was not answered then, until it spoke again. */
function whileSilent({ said }: Conversation, them: Side): Deaf[] {
  return said.flatMap((ping): Deaf[] => {
    if (ping.via !== 'channel' || ping.by === them || !ping.text.includes('"kind":"ping"')) return [];
    const nextMs = firstAfter(said, them, ping.ms);
    return nextMs - ping.ms > ANSWERED_WITHIN_MS ? [{ fromMs: ping.ms, toMs: nextMs }] : [];
  });
}

function firstAfter(said: Conversation['said'], them: Side, afterMs: number): number {
  return (
    said.find(({ ms, by, via }) => ms > afterMs && by === them && via === 'channel')?.ms ?? Number.POSITIVE_INFINITY
  );
}
