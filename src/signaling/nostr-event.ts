/** NIP-01 events: the shape from outside, the signature, and our own signing key. */
import { type EventTemplate, finalizeEvent, getPublicKey, verifyEvent } from 'nostr-tools/pure';
import { z } from 'zod';

/** Stored by relays: presence. */
export const PRESENCE_KIND = 1077;
/** Forwarded and forgotten: negotiation and departures. */
export const EPHEMERAL_KIND = 21_077;

const hex = (length: number) => z.string().regex(new RegExp(`^[0-9a-f]{${length}}$`));

/** Unknown fields are dropped: they are outside the signature. */
export const nostrEvent = z.object({
  id: hex(64),
  pubkey: hex(64),
  created_at: z.int().nonnegative(),
  kind: z.int().min(0).max(65_535),
  tags: z.array(z.array(z.string())),
  content: z.string(),
  sig: hex(128),
});
export type NostrEvent = z.infer<typeof nostrEvent>;

/** Is the id the hash of the event, and the signature by its key? About 2 ms of CPU, so cheap checks come first. */
export function isGenuine(event: NostrEvent): boolean {
  return verifyEvent(event);
}

export function hasTag(event: NostrEvent, name: string, value: string): boolean {
  return event.tags.some((tag) => tag[0] === name && tag[1] === value);
}

export interface EventSeal {
  /** A key that lives as long as the object. */
  newSigner(randomBytes: (length: number) => Uint8Array): EventSigner;
  isGenuine(event: NostrEvent): boolean;
}

export interface EventSigner {
  readonly pubkey: string;
  sign(template: EventTemplate): NostrEvent;
}

/** A key that lives as long as the object and has nothing to do with the device: relays learn no lasting name of ours. */
export function createEventSigner(randomBytes: (length: number) => Uint8Array): EventSigner {
  const secret = randomBytes(32);
  return {
    pubkey: getPublicKey(secret),
    sign: (template) => {
      const { id, pubkey, created_at, kind, tags, content, sig } = finalizeEvent(template, secret);
      return { id, pubkey, created_at, kind, tags, content, sig };
    },
  };
}

export const schnorrSeal: EventSeal = { newSigner: createEventSigner, isGenuine };
