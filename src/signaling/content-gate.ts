/** The same description or candidate may come over several relays and transports as different events: it passes once. */
import { createHash } from 'node:crypto';
import { type Envelope, payloadOf } from './envelope.js';
import { SeenRing } from './seen-ring.js';

const CAPACITY = 2_048;

export class ContentGate {
  readonly #seen = new SeenRing(CAPACITY);

  /** Announces and leaves always pass. `signed` is part of the key, or a forged copy sent first would swallow the proof. */
  admits(message: Envelope, signed: boolean): boolean {
    if (message.kind === 'announce' || message.kind === 'leave') return true;
    const details =
      message.kind === 'candidate'
        ? [message.sdp_mid ?? null, message.sdp_mline_index ?? null, message.username_fragment ?? null]
        : [];
    const key = JSON.stringify([message.kind, signed, message.from, payloadOf(message), ...details]);
    return this.#seen.add(createHash('sha256').update(key).digest('base64'));
  }
}
