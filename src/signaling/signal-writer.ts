/** From an outgoing signal to signed envelope text: the part of sending that is the same for every transport. */
import { encodeBase32 } from '../identity/base32.js';
import type { Identity } from '../identity/identity.js';
import { type Envelope, PTAG, type Stamp } from './envelope.js';
import { proofText } from './proof.js';
import type { OutgoingSignal } from './signaling.js';

const OFFER_ID_BYTES = 8;

export interface SignalWriterOptions {
  identity: Identity;
  /** Boot id of this process. */
  boot: number;
  room: string;
  /** Grows with each call, for as long as the boot id is the same: readers take a lower one for an old message. */
  nextSeq(): number;
  randomBytes(length: number): Uint8Array;
}

export class SignalWriter {
  readonly #options: SignalWriterOptions;

  constructor(options: SignalWriterOptions) {
    this.#options = options;
  }

  /** Every call gives another text, since the counter is in it: two announces of one second are two events. */
  write(message: OutgoingSignal): string {
    const { identity, boot, room, nextSeq } = this.#options;
    const stamp: Omit<Stamp, 'sig'> = {
      boot,
      seq: nextSeq(),
      neg: 'neg' in message ? message.neg : '',
      reflection: message.kind === 'announce' && message.reflection,
    };
    const envelope = this.#envelope(message, identity.deviceId, stamp.seq);
    return JSON.stringify({ ...envelope, wm: { ...stamp, sig: identity.sign(proofText(room, envelope, stamp)) } });
  }

  #envelope(message: OutgoingSignal, self: string, seq: number): Envelope {
    switch (message.kind) {
      case 'announce':
        return { from: self, to: null, kind: 'announce', peer_id: self, caps: [PTAG] };
      case 'leave':
        return { from: self, to: message.to ?? null, kind: 'leave', peer_id: self };
      case 'offer':
        return {
          from: self,
          to: message.to,
          kind: 'offer',
          peer_id: self,
          offer_id: this.#offerId(),
          sdp: message.sdp,
        };
      case 'answer':
        return { from: self, to: message.to, kind: 'answer', peer_id: self, offer_id: '', sdp: message.sdp };
      case 'candidate':
        return {
          from: self,
          to: message.to,
          kind: 'candidate',
          peer_id: self,
          candidate: message.candidate,
          sdp_mid: '',
          sdp_mline_index: 0,
          // Upstream reads only the candidate, but swallows one it has seen: after a restart the same lines come again.
          username_fragment: `wm${seq}`,
        };
    }
  }

  /** Required by upstream's decoder, used by nobody. */
  #offerId(): string {
    return encodeBase32(this.#options.randomBytes(OFFER_ID_BYTES));
  }
}
