/** NIP-01 events: the shape from outside, the signature, and our own signing key. */
import { createHash } from 'node:crypto';
import { signSchnorr, verifySchnorr, xOnlyPointFromScalar } from 'tiny-secp256k1';
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

export type EventTemplate = Pick<NostrEvent, 'kind' | 'tags' | 'content' | 'created_at'>;

/** NIP-01: the id is the hash of this text. */
function hashOf({ pubkey, created_at, kind, tags, content }: Omit<NostrEvent, 'id' | 'sig'>): Buffer {
  const text = JSON.stringify([0, pubkey, created_at, kind, tags, content]);
  return createHash('sha256').update(text).digest();
}

/** Is the id the hash of the event, and the signature by its key? About 0.4 ms of CPU, so cheap checks come first. */
export function isGenuine(event: NostrEvent): boolean {
  const hash = hashOf(event);
  if (hash.toString('hex') !== event.id) return false;
  try {
    return verifySchnorr(hash, Buffer.from(event.pubkey, 'hex'), Buffer.from(event.sig, 'hex'));
  } catch {
    return false; // a key that is no point of the curve
  }
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
  const pubkey = Buffer.from(xOnlyPointFromScalar(secret)).toString('hex');
  return {
    pubkey,
    sign: ({ kind, tags, content, created_at }) => {
      const hash = hashOf({ pubkey, created_at, kind, tags, content });
      const sig = Buffer.from(signSchnorr(hash, secret, randomBytes(32))).toString('hex');
      return { id: hash.toString('hex'), pubkey, created_at, kind, tags, content, sig };
    },
  };
}

export const schnorrSeal: EventSeal = { newSigner: createEventSigner, isGenuine };
