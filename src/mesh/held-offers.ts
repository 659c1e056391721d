/** Descriptions that wait for the peer machine's word: it decides by number, and never sees a text. */
import type { Signal } from '../signaling/signaling.js';

export type Offer = Extract<Signal, { kind: 'offer' }>;

const HELD_OFFERS = 4;

export class HeldOffers {
  readonly #offers = new Map<number, Offer>();
  #lastKey = 0;

  /** Returns its number. The oldest makes room. */
  hold(offer: Offer): number {
    this.#lastKey += 1;
    this.#offers.set(this.#lastKey, offer);
    this.#offers.delete(this.#lastKey - HELD_OFFERS);
    return this.#lastKey;
  }

  take(key: number): Offer | undefined {
    const offer = this.#offers.get(key);
    this.#offers.delete(key);
    return offer;
  }

  clear(): void {
    this.#offers.clear();
  }
}

/** The first fingerprint line of a description, as links report it. */
export function fingerprintIn(sdp: string): string | undefined {
  return /^a=fingerprint:\s*(.+?)\s*$/im.exec(sdp)?.[1]?.toLowerCase();
}
