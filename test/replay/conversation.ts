/** A recorded conversation as one list of what was said and done, in order; what relays repeat is left out. */
import { z } from 'zod';
import { eventIn, type Recording, readLines, readRecording, type Side } from '../protocol/recording.js';

export type Said =
  /** A signaling event; `text` is the relay event as JSON. */
  | { ms: number; by: Side; via: 'relay'; text: string }
  /** A message on the channel of the nth session. */
  | { ms: number; by: Side; via: 'channel'; text: string; session: number };

/** What happened to a side, or what its user made it do. `drop`: it closed its connection; `hush`: its user shut it up. */
export type Act =
  | { ms: number; by: Side; what: 'freeze' | 'thaw' | 'kill' | 'drop' | 'hush' }
  | { ms: number; by: Side; what: 'order'; op: string; fields: Record<string, unknown> };

export interface Conversation extends Recording {
  networkId: string;
  startUnixMs: number;
  said: Said[];
  acts: Act[];
  /** No datagram came through meanwhile. */
  cuts: { fromMs: number; toMs: number }[];
  /** What the relay said to the daemon beside events and receipts. */
  relayWords: { ms: number; text: string }[];
}

const header = z.object({ network_id: z.string(), start_unix_ms: z.number() });
const line = z.object({
  ms: z.number().default(0),
  relay: z.string().nullish(),
  dir: z.string().optional(),
  text: z.string().optional(),
  control_op: z.string().optional(),
  fields: z.record(z.string(), z.unknown()).default({}),
  action: z.string().optional(),
  step: z.string().optional(),
  event: z.object({ kind: z.string() }).optional().catch(undefined),
});
type Line = z.infer<typeof line>;

export function readConversation(name: string): Conversation {
  const [first, ...rest] = readLines(name);
  const { network_id, start_unix_ms } = header.parse(first);
  const lines = rest.map((each) => line.parse(each));
  const recording = readRecording(name);
  const channel = recording.sessions.flatMap(({ messages }, session) =>
    messages.map(({ ms, from, text }): Said => ({ ms, by: from, via: 'channel', text, session })),
  );
  return {
    ...recording,
    networkId: network_id,
    startUnixMs: start_unix_ms,
    said: [...relayed(lines), ...channel].sort((a, b) => a.ms - b.ms),
    acts: lines.flatMap(actsIn),
    cuts: cutsIn(lines),
    relayWords: lines.flatMap(({ ms, dir, text }) =>
      dir === 'relay>daemon' && text && !/^\["(EVENT|EOSE|OK)"/.test(text) ? [{ ms, text }] : [],
    ),
  };
}

function relayed(lines: readonly Line[]): Said[] {
  const known = new Set<string>();
  return lines.flatMap(({ ms, relay, dir, text }): Said[] => {
    const event = relay ? eventIn(text) : undefined;
    if (event === undefined || known.has(event.id)) return [];
    known.add(event.id);
    const by = /^(daemon|a)>relay$/.test(dir ?? '') ? 'daemon' : 'client';
    return [{ ms, by, via: 'relay', text: JSON.stringify(event) }];
  });
}

const FATES = [
  ['freeze', /^SIGSTOP (\w+)/],
  ['thaw', /^SIGCONT (\w+)/],
  ['kill', /^SIGKILL (\w+)/],
] as const;
const SHUT_UP = /client silent|goes silent|says nothing|sends nothing/;
const CLOSES = /closes only the data channel|calls pc\.close\(\) only/;

function actsIn({ ms, control_op, fields, action, step, event }: Line): Act[] {
  if (control_op !== undefined) return [{ ms, by: 'daemon', what: 'order', op: control_op, fields }];
  if (event?.kind === 'dropped') return [{ ms, by: 'daemon', what: 'drop' }];
  if (SHUT_UP.test(step ?? '')) return [{ ms, by: 'client', what: 'hush' }];
  if (CLOSES.test(step ?? '')) return [{ ms, by: 'client', what: 'drop' }];
  for (const [what, form] of FATES) {
    const who = form.exec(action ?? '')?.[1];
    if (who !== undefined) return [{ ms, by: who === 'daemon' || who === 'a' ? 'daemon' : 'client', what }];
  }
  return [];
}

function cutsIn(lines: readonly Line[]): { fromMs: number; toMs: number }[] {
  const cuts: { fromMs: number; toMs: number }[] = [];
  for (const { ms, step } of lines) {
    if (step?.startsWith('path cut')) cuts.push({ fromMs: ms, toMs: Number.POSITIVE_INFINITY });
    const last = cuts.at(-1);
    if (step === 'path open again' && last) last.toMs = ms;
  }
  return cuts;
}
