/** What we publish, as relays want it: signed once, and the same event for all of them but the strict ones. */
import { EPHEMERAL_KIND, type EventSigner, PRESENCE_KIND } from './nostr-event.js';
import type { OutgoingSignal } from './signaling.js';

export interface SignedFrame {
  /** The EVENT frame. */
  text: string;
  /** Event id. */
  id: string;
}

export interface OutgoingEventOptions {
  signer: EventSigner;
  room: string;
  message: OutgoingSignal;
  content: string;
  nowSeconds: number;
}

export class OutgoingEvent {
  readonly kind: OutgoingSignal['kind'];
  readonly #options: OutgoingEventOptions;
  readonly #frames = new Map<boolean, SignedFrame>();

  constructor(options: OutgoingEventOptions) {
    this.kind = options.message.kind;
    this.#options = options;
  }

  /**
   * `strict`: for a relay that takes only hexadecimal `p` values, which device ids are not. There the recipient is
   * named in the content alone: whoever could subscribe at all subscribes to the whole room.
   */
  frame(strict: boolean): SignedFrame {
    const untagged = strict && this.#recipient() !== undefined;
    const known = this.#frames.get(untagged);
    if (known) return known;
    const { signer, room, message, content, nowSeconds } = this.#options;
    const toAll = message.kind === 'leave' && message.to === undefined;
    const recipient = toAll ? room : untagged ? undefined : this.#recipient();
    const event = signer.sign({
      kind: message.kind === 'announce' ? PRESENCE_KIND : EPHEMERAL_KIND,
      tags:
        recipient === undefined
          ? [['r', room]]
          : [
              ['r', room],
              ['p', recipient],
            ],
      content,
      created_at: nowSeconds,
    });
    const signed = { text: JSON.stringify(['EVENT', event]), id: event.id };
    this.#frames.set(untagged, signed);
    return signed;
  }

  #recipient(): string | undefined {
    const { message } = this.#options;
    return 'to' in message ? message.to : undefined;
  }
}
