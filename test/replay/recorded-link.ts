/** A link that says of its transport what was recorded, and hands on what is said on its channel. */
import { type Link, type LinkFacts, NewSessionError } from '../../src/link/link.js';

const NO_CANDIDATES = { host: 0, server_reflexive: 0, peer_reflexive: 0, relay: 0, unknown: 0 };
const CANDIDATE = 'candidate:1 1 udp 2130706431 10.77.1.1 50000 typ host';

export interface LinkPlace {
  index: number;
  offerFingerprint(): string | undefined;
  answerFingerprint(remote: string): string | undefined;
  say(text: string): void;
  soon(fact: () => void): void;
  unsettled(): void;
}

export class RecordedLink implements Link {
  readonly #facts: LinkFacts;
  readonly #place: LinkPlace;
  #local: string | undefined;
  #remote: string | undefined;
  #state: 'building' | 'open' | 'closed' = 'building';
  #versions = 0;

  constructor(facts: LinkFacts, place: LinkPlace) {
    this.#facts = facts;
    this.#place = place;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  open(): void {
    if (this.#state !== 'building') return;
    this.#state = 'open';
    this.#facts.opened();
  }

  message(text: string): void {
    if (this.#state === 'open') this.#facts.message(new TextEncoder().encode(text));
  }

  /** The far end closes the channel. */
  drop(): void {
    if (this.#state !== 'open') return;
    this.#state = 'closed';
    this.#facts.closed('channel-closed');
  }

  localFingerprint = () => this.#local;
  remoteFingerprint = () => this.#remote;
  createOffer = async () => this.#describe(this.#place.offerFingerprint());
  restartOffer = async () => this.#describe();

  acceptOffer = async (sdp: string) => {
    this.#apply(sdp);
    return this.#describe(this.#place.answerFingerprint(this.#remote as string));
  };

  acceptRestart = async (sdp: string) => {
    this.#apply(sdp);
    return this.#describe();
  };

  acceptAnswer = async (sdp: string) => this.#apply(sdp);

  addCandidate(): void {}
  probe(): void {}

  send(data: string | Uint8Array): 'sent' | 'closed' {
    if (this.#state !== 'open') return 'closed';
    this.#place.say(typeof data === 'string' ? data : new TextDecoder().decode(data));
    return 'sent';
  }

  bufferedBytes = () => 0;
  stats = () => ({
    localCandidates: NO_CANDIDATES,
    remoteCandidates: NO_CANDIDATES,
    selectedPair: null,
    stranded: false,
    upAtMonoMs: { ice: null, dtls: null },
  });
  isUprooted = () => false;

  async close(): Promise<void> {
    this.#state = 'closed';
  }

  #describe(fingerprint?: string): string {
    this.#local ??= fingerprint ?? `sha-256 ${String(this.#place.index).padStart(2, '0').repeat(32)}`;
    this.#versions += 1;
    if (this.#versions === 1) this.#place.soon(() => this.#state === 'closed' || this.#facts.candidate(CANDIDATE));
    this.#place.unsettled();
    return `v=0\r\no=- 1 ${this.#versions} IN IP4 0.0.0.0\r\na=fingerprint:${this.#local}\r\n`;
  }

  #apply(sdp: string): void {
    const remote = /^a=fingerprint:(.*)$/m.exec(sdp)?.[1]?.trim().toLowerCase();
    if (this.#remote !== undefined && this.#remote !== remote) throw new NewSessionError();
    this.#remote = remote;
  }
}
