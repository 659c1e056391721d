/**
 * Links within one process that say on signaling what real ones say, to the letter and as often: what a relay carries is
 * the same, and fifty devices with 1,225 links fit on a small machine.
 */
import { randomBytes } from 'node:crypto';
import type { Link, LinkFactory, LinkFacts, LinkStats, SendResult } from '../../src/link/link.js';
import { weriftLinks } from '../../src/link/werift/index.js';

const FINGERPRINT = /^a=fingerprint:.*$/gm;
const ORIGIN = /^o=- \d+/m;

/** What one real pair said to each other. */
interface Words {
  offer: string;
  answer: string;
}

export class MemoryLinks implements LinkFactory {
  readonly #words: Words;
  readonly #links = new Map<string, MemoryLink>();

  private constructor(words: Words) {
    this.#words = words;
  }

  static async open(): Promise<MemoryLinks> {
    return new MemoryLinks(await listen());
  }

  async warmUp(): Promise<void> {}

  addresses(): string[] {
    return ['127.0.0.1'];
  }

  create({ facts }: { facts: LinkFacts }): Link {
    const link = new MemoryLink(facts, this.#words, (fingerprint) => this.#links.get(fingerprint));
    this.#links.set(link.fingerprint, link);
    return link;
  }
}

class MemoryLink implements Link {
  readonly fingerprint = `sha-256 ${[...randomBytes(32)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;
  readonly #facts: LinkFacts;
  readonly #words: Words;
  readonly #linkWith: (fingerprint: string) => MemoryLink | undefined;
  #described = false;
  #remote: string | undefined;
  #far: MemoryLink | undefined;
  #state: 'building' | 'open' | 'closed' = 'building';

  constructor(facts: LinkFacts, words: Words, linkWith: (fingerprint: string) => MemoryLink | undefined) {
    this.#facts = facts;
    this.#words = words;
    this.#linkWith = linkWith;
  }

  localFingerprint(): string | undefined {
    return this.#described ? this.fingerprint : undefined;
  }

  remoteFingerprint(): string | undefined {
    return this.#remote;
  }

  isUprooted(): boolean {
    return false;
  }

  async createOffer(): Promise<string> {
    return this.#describe(this.#words.offer);
  }

  async acceptOffer(sdp: string): Promise<string> {
    this.#apply(sdp);
    return this.#describe(this.#words.answer);
  }

  async acceptAnswer(sdp: string): Promise<void> {
    this.#apply(sdp);
    setImmediate(() => {
      this.#far?.open();
      this.open();
    });
  }

  restartOffer(): Promise<string> {
    return this.createOffer();
  }

  acceptRestart(sdp: string): Promise<string> {
    return this.acceptOffer(sdp);
  }

  open(): void {
    if (this.#state === 'open') this.#facts.pathAlive();
    if (this.#state !== 'building') return;
    this.#state = 'open';
    this.#facts.opened();
  }

  send(data: string | Uint8Array): SendResult {
    if (this.#state !== 'open') return 'closed';
    const message = Buffer.from(data as string);
    setImmediate(() => this.#far?.receive(message));
    return 'sent';
  }

  receive(message: Uint8Array): void {
    if (this.#state === 'building') this.open(); // its first frame may come before the news that the channel is open
    if (this.#state === 'open') this.#facts.message(message);
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    setImmediate(() => this.#far?.lose());
  }

  lose(): void {
    if (this.#state !== 'open') return;
    this.#state = 'closed';
    this.#facts.closed('closed by the far end');
  }

  addCandidate(): void {}
  probe(): void {}
  bufferedBytes(): number {
    return 0;
  }

  stats(): LinkStats {
    const none = { host: 0, server_reflexive: 0, peer_reflexive: 0, relay: 0, unknown: 0 };
    return {
      localCandidates: none,
      remoteCandidates: none,
      selectedPair: null,
      stranded: false,
      upAtMonoMs: { ice: null, dtls: null },
    };
  }

  #apply(sdp: string): void {
    this.#remote = /^a=fingerprint:(sha-256 \S+)/m.exec(sdp)?.[1];
    this.#far = this.#linkWith(this.#remote ?? '');
  }

  #describe(words: string): string {
    this.#described = true;
    // Another number each time, as real ones have: a description that was heard before is taken for a repeated one.
    return words
      .replace(FINGERPRINT, `a=fingerprint:${this.fingerprint}`)
      .replace(ORIGIN, `o=- ${randomBytes(6).readUIntBE(0, 6)}`);
  }
}

/** The descriptions of one real pair on loopback: our links put their candidates into them and trickle none. */
async function listen(): Promise<Words> {
  const links = weriftLinks();
  await links.warmUp();
  const nothing = () => {};
  const facts = {
    opened: nothing,
    closed: nothing,
    message: nothing,
    consentLost: nothing,
    pathAlive: nothing,
    candidate: nothing,
    drained: nothing,
    serverFailed: nothing,
  };
  const [near, far] = [facts, facts].map((each) => links.create({ facts: each, loopbackOnly: true, iceServers: [] }));
  const offer = await near!.createOffer();
  const answer = await far!.acceptOffer(offer);
  await Promise.all([near!.close(), far!.close()]);
  return { offer, answer };
}
