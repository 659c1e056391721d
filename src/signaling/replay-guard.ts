/** Tells news from replays: a signed message proves something once, and only while nothing newer was heard. */
import type { Envelope, Stamp } from './envelope.js';
import { SeenRing } from './seen-ring.js';

const MAX_SENDERS = 2_048;
const MAX_SIGNATURES = 2_048;

/** `fresh`: a proof. `late`: genuine, but overtaken, so it proves nothing now. `replayed`: word for word heard before. */
export type Freshness = 'fresh' | 'late' | 'replayed';

interface SenderRecord {
  boot: number;
  /** Highest counter per kind of message: relays reorder an offer and an announce, but hardly two offers. */
  seqs: Partial<Record<Envelope['kind'], number>>;
}

export class ReplayGuard {
  readonly #senders = new Map<string, SenderRecord>();
  readonly #signatures = new SeenRing(MAX_SIGNATURES);

  /** Call it for genuine messages only: a forged one must not make the next true one look old. */
  judge(message: Envelope, stamp: Stamp): Freshness {
    if (!this.#signatures.add(stamp.sig)) return 'replayed';
    const record = this.#recordOf(message.from, stamp.boot);
    if (stamp.boot < record.boot || stamp.seq <= (record.seqs[message.kind] ?? -1)) return 'late';
    record.seqs[message.kind] = stamp.seq;
    return 'fresh';
  }

  #recordOf(sender: string, boot: number): SenderRecord {
    const known = this.#senders.get(sender);
    if (known && boot <= known.boot) return known;
    const record: SenderRecord = { boot, seqs: {} };
    // A record is lost only after 2048 other devices have proved themselves with their own keys.
    if (!known && this.#senders.size >= MAX_SENDERS) this.#senders.delete(this.#senders.keys().next().value as string);
    this.#senders.set(sender, record);
    return record;
  }
}
