/** When the processes of one side began to speak, and how each ended. */
import type { Side } from '../protocol/recording.js';
import type { Conversation } from './conversation.js';

/** After a leave this long without a word: it was a goodbye. */
const GOODBYE_MS = 1_000;
/** A process starts this long before its first word. */
const BEFORE_MS = 3;

export interface Life {
  startMs: number;
  endMs: number;
  end: 'kill' | 'leave';
}

export function livesOf({ said, acts }: Conversation, us: Side): Life[] {
  const words = said.filter(({ by, via }) => by === us && via === 'relay');
  const kills = acts.filter(({ by, what }) => by === us && what === 'kill').map(({ ms }) => ms);
  const leaves = words.flatMap(({ ms, text }, index) => {
    const next = words[index + 1];
    const goodbye = /"kind\\":\\"leave/.test(text) && (next === undefined || next.ms - ms > GOODBYE_MS);
    return goodbye ? [ms] : [];
  });
  const lives: Life[] = [];
  for (let afterMs = -1; ; ) {
    const first = words.find(({ ms }) => ms > afterMs);
    if (!first) return lives;
    const endMs = Math.min(...[...kills, ...leaves].filter((ms) => ms > first.ms));
    lives.push({ startMs: Math.max(0, first.ms - BEFORE_MS), endMs, end: kills.includes(endMs) ? 'kill' : 'leave' });
    afterMs = endMs;
  }
}
