/** What a daemon pushes, reduced to the members the demo shows or measures. */
import { z } from 'zod';

const peer = z.object({ deviceId: z.string(), lastFrameAgoMs: z.number().nullable() });

const eventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('peer'), peer, from: z.string().nullable(), to: z.string(), reason: z.string() }),
  z.object({
    type: z.literal('recovered'),
    peer,
    ms: z.number(),
    via: z.enum(['frame', 'probe', 'restart', 'rebuild']),
  }),
  z.object({ type: z.literal('woke'), pausedMs: z.number(), kind: z.string() }),
  z.object({ type: z.literal('announced'), reason: z.string() }),
]);

const pushSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('wakemesh'), at_ms: z.number(), event: eventSchema }),
  z.object({
    kind: z.literal('channel_inbound'),
    from: z.string(),
    payload: z.object({ number: z.number(), sentAtMs: z.number() }),
  }),
]);

export type DemoEvent = z.infer<typeof eventSchema>;
export type Push = z.infer<typeof pushSchema>;

/** Null for every other kind of push and event: a daemon may tell more than the demo knows. */
export function parsePush(line: unknown): Push | null {
  const parsed = pushSchema.safeParse(line);
  return parsed.success ? parsed.data : null;
}
