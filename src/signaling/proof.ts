/** The device key's signature over a signaling message: relays, and strangers who know the room, cannot make one. */
import { createHash } from 'node:crypto';
import type { VerifySignature } from '../identity/keys.js';
import { type Envelope, payloadOf, type Stamp } from './envelope.js';

/** What is signed. No field can hold a `|`, so no two messages share a text. */
export function proofText(room: string, message: Envelope, stamp: Omit<Stamp, 'sig'>): string {
  const payload = payloadOf(message);
  return [
    'wakemesh-signal-v1',
    room,
    message.kind,
    message.from,
    message.to ?? '*',
    stamp.boot,
    stamp.seq,
    stamp.neg,
    stamp.reflection ? 1 : 0,
    payload === '' ? '' : createHash('sha256').update(payload).digest('hex'),
  ].join('|');
}

export function isSignedBySender(room: string, message: Envelope, stamp: Stamp, verify: VerifySignature): boolean {
  return verify(message.from, proofText(room, message, stamp), stamp.sig);
}
