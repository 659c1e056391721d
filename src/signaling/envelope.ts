/** The text inside a signaling event: one flat object, read as strictly as upstream reads it. */
import { z } from 'zod';
import { parseStrictJson } from '../protocol/strict-json.js';

const MAX_ID_CHARS = 128;
const MAX_SDP_CHARS = 32_768; // upstream's largest is about 10,000
const MAX_CANDIDATE_CHARS = 2_048;

const id = z.string().max(MAX_ID_CHARS);
const sdp = z.string().max(MAX_SDP_CHARS);
const optionalText = z.string().max(MAX_CANDIDATE_CHARS).nullish();

/**
 * What a Wakemesh sender adds; upstream ignores the key. `sig` is the device key's signature over the whole message
 * (see `proofText`).
 */
const stamp = z.object({
  boot: z.int().nonnegative(),
  seq: z.int().nonnegative(),
  neg: z.string().regex(/^[A-Za-z0-9_-]{0,64}$/),
  reflection: z.boolean(),
  sig: z.string().length(103),
});
export type Stamp = z.infer<typeof stamp>;

/** `to`: missing or null means everybody; an empty string is somebody who does not exist. */
const common = { from: id, to: id.nullish(), peer_id: id, wm: stamp.optional() };

const envelope = z.discriminatedUnion('kind', [
  z.object({ ...common, kind: z.literal('announce'), caps: z.array(z.string().max(64)).max(64).default([]) }),
  z.object({ ...common, kind: z.literal('leave') }),
  z.object({ ...common, kind: z.literal('offer'), offer_id: id, sdp }),
  z.object({ ...common, kind: z.literal('answer'), offer_id: id, sdp }),
  z.object({
    ...common,
    kind: z.literal('candidate'),
    candidate: z.string().max(MAX_CANDIDATE_CHARS),
    sdp_mid: optionalText,
    sdp_mline_index: z.int().min(0).max(65_535).nullish(),
    username_fragment: optionalText,
  }),
]);
export type Envelope = z.infer<typeof envelope>;

/** "I tag every ephemeral event with its recipient": whoever hears this of all peers may narrow its subscription. */
export const PTAG = 'ptag';

/** Undefined when the text is not an envelope. Unknown keys are ignored. Never throws. */
export function decodeEnvelope(text: string): Envelope | undefined {
  try {
    return readEnvelope(parseStrictJson(text, new Set()));
  } catch {
    return undefined;
  }
}

/** The same for strict JSON that is parsed already. */
export function readEnvelope(value: unknown): Envelope | undefined {
  return envelope.safeParse(value).data;
}

/** The part of the message that the other fields of the signed text do not cover. */
export function payloadOf(message: Envelope): string {
  if (message.kind === 'offer' || message.kind === 'answer') return message.sdp;
  return message.kind === 'candidate' ? message.candidate : '';
}
