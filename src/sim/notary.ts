/**
 * Signatures that cost a microsecond. They prove the same within one world, since only the notary knows the secrets: a
 * stranger there cannot sign for others either. Real ones would take more time than everything else together (2.6 ms
 * for one relay event).
 */
import { hash } from 'node:crypto';
import { encodeBase32 } from '../identity/base32.js';
import type { Identity } from '../identity/identity.js';
import type { EventSeal, NostrEvent } from '../signaling/nostr-event.js';
import type { Rng } from './rng.js';

const SIGNATURE_CHARS = 103;

export class Notary {
  readonly #devices = new Map<string, string>();
  readonly #eventKeys = new Map<string, string>();

  newIdentity(rng: Rng, label: string): Identity {
    const deviceId = encodeBase32(rng.bytes(32));
    const secret = Buffer.from(rng.bytes(16)).toString('hex');
    this.#devices.set(deviceId, secret);
    return { deviceId, label, sign: (text) => seal(secret, text).slice(0, SIGNATURE_CHARS) };
  }

  readonly verify = (deviceId: string, text: string, signature: string): boolean => {
    const secret = this.#devices.get(deviceId);
    return secret !== undefined && signature === seal(secret, text).slice(0, SIGNATURE_CHARS);
  };

  readonly events: EventSeal = {
    newSigner: (randomBytes) => {
      const pubkey = Buffer.from(randomBytes(32)).toString('hex');
      const secret = Buffer.from(randomBytes(16)).toString('hex');
      this.#eventKeys.set(pubkey, secret);
      return {
        pubkey,
        sign: ({ created_at, kind, tags, content }) => {
          const id = idOf({ pubkey, created_at, kind, tags, content });
          return { id, pubkey, created_at, kind, tags, content, sig: seal(secret, id) };
        },
      };
    },
    isGenuine: (event) => {
      const secret = this.#eventKeys.get(event.pubkey);
      return secret !== undefined && event.id === idOf(event) && event.sig === seal(secret, event.id);
    },
  };
}

/** 128 hexadecimal digits. */
function seal(secret: string, text: string): string {
  return hash('sha512', `${secret}|${text}`, 'hex');
}

/** As in NIP-01. */
function idOf({ pubkey, created_at, kind, tags, content }: Omit<NostrEvent, 'id' | 'sig'>): string {
  return hash('sha256', JSON.stringify([0, pubkey, created_at, kind, tags, content]), 'hex');
}
