/** What others say on signaling, handed to the peers it is about. */
import type { Runtime } from '../runtime.js';
import type { Signal } from '../signaling/signaling.js';
import type { Offer } from './held-offers.js';
import type { PeerTable } from './peer-table.js';
import type { Shunned } from './shunned.js';

export class SignalIntake {
  readonly #runtime: Runtime;
  readonly #peers: PeerTable;
  readonly #shunned: Shunned;
  /** Newest offer of each peer since the last I/O turn: a thawed node finds a backlog of dead ones. */
  readonly #newOffers = new Map<string, Offer>();
  #open = true;

  constructor(runtime: Runtime, peers: PeerTable, shunned: Shunned) {
    this.#shunned = shunned;
    this.#runtime = runtime;
    this.#peers = peers;
  }

  take(signal: Signal): void {
    if (!this.#open) return;
    const { from, proof } = signal;
    if (this.#shunned.ignores(from, signal.kind)) return;
    const boot = proof?.boot ?? null;
    switch (signal.kind) {
      case 'announce':
        this.#peers.take(from)?.send({ type: 'ANNOUNCED', boot, reflection: proof?.reflection ?? false });
        return;
      case 'leave':
        this.#peers.get(from)?.send({ type: 'LEFT', boot });
        return;
      case 'offer':
        if (this.#newOffers.size === 0) this.#runtime.afterIoTurn(() => this.#handOutOffers());
        this.#newOffers.set(from, signal);
        return;
      case 'answer':
        this.#peers.get(from)?.answered(signal);
        return;
      case 'candidate':
        this.#peers.get(from)?.candidate(signal.candidate);
    }
  }

  close(): void {
    this.#open = false;
    this.#newOffers.clear();
  }

  #handOutOffers(): void {
    const offers = [...this.#newOffers.values()];
    this.#newOffers.clear();
    for (const offer of offers) this.#peers.take(offer.from)?.offered(offer);
  }
}
