/**
 * One simulated end of a link. It builds its path with checks, loses consent after six unanswered ones, swallows sends
 * until the path is revived, drops the live path on a restart, and hears of a close only when the goodbye gets through:
 * a link that never dies would prove nothing.
 */
import {
  type Link,
  type LinkFacts,
  type LinkStats,
  MAX_MESSAGE_BYTES,
  NewSessionError,
  type SendResult,
} from '../link/link.js';
import { type ChannelDatagram, LinkChannel } from './link-channel.js';
import { LinkChecks } from './link-checks.js';
import { type Description, newFingerprint, newUfrag, readDescription, writeDescription } from './link-description.js';
import { LinkHandshake } from './link-handshake.js';
import type { LinkNet } from './link-net.js';
import type { ProcessHost } from './net.js';
import type { SimProcess } from './process.js';
import type { Rng } from './rng.js';
import { Turns } from './turns.js';

export type Datagram =
  | ChannelDatagram
  | { kind: 'check'; id: number; to: string; from: string }
  | { kind: 'checked'; id: number }
  | { kind: 'flight'; number: number; fingerprint: string }
  | { kind: 'bye' };

/** Between the checks of one round, which are retransmissions of the first. */
const CHECK_AGAIN_MS = [50, 100, 200, 400, 800, 1_600];
const CONSENT_MS = 5_000;
const CONSENT_MISSES = 5;

interface Path {
  /** Our own address when it was built. */
  address: number;
  to: string;
}

export class SimLink implements Link {
  readonly port: number;
  readonly host: ProcessHost;
  /** The process that it lives in: the host may have another one later. */
  readonly process: SimProcess;
  readonly #net: LinkNet;
  readonly #facts: LinkFacts;
  readonly #rng: Rng;
  readonly #fingerprint: string;
  readonly #channel: LinkChannel;
  readonly #handshake: LinkHandshake;
  readonly #checks: LinkChecks;
  readonly #turns: Turns;
  #ufrag = '';
  #remote: Description | null = null;
  #offering = false;
  #isOfferer = false;
  #described = false;
  /** Our address when we described ourselves. */
  #gatheredAt = 0;
  #path: Path | null = null;
  #restarting = false;
  #consentLost = false;
  #misses = 0;
  #opened = false;
  #closed = false;
  #roundTimer = 0;
  #consentTimer = 0;
  #pathAliveSaid = false;
  /** A check that came before the description it belongs to. */
  #early: { from: string; ufrag: string } | null = null;
  /** The link at the other end, once there is a path. */
  far: SimLink | null = null;
  /** What went over the channel, for those who check the mesh: the peer's approve, and ours that it acknowledged. */
  readonly seen = { approveReceived: false, approveSent: false };

  constructor(net: LinkNet, host: ProcessHost, rng: Rng, facts: LinkFacts) {
    this.#net = net;
    this.host = host;
    this.process = host.process;
    this.#rng = rng;
    this.#facts = facts;
    this.#fingerprint = newFingerprint(rng);
    this.port = net.bind(this);
    const { process } = this;
    this.#turns = new Turns(process, () => net.unsettled());
    this.#checks = new LinkChecks(process);
    this.#handshake = new LinkHandshake(process, {
      send: (number, to) =>
        this.#emit(this.#path?.to ?? to, { kind: 'flight', number, fingerprint: this.#fingerprint }),
      complete: () => this.#open(),
    });
    this.#channel = new LinkChannel({
      nowMs: () => process.monoMs(),
      later: (delayMs, callback) => process.later(delayMs, callback),
      cancel: (timer) => process.clearTimeout(timer),
      transmit: (datagram) => this.#transmit(datagram),
      deliver: (data) => this.#deliver(data),
      drained: () => this.#tell(() => this.#facts.drained()),
    });
  }

  get isOpen(): boolean {
    return this.#opened && !this.#closed && this.process.state !== 'dead';
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  localFingerprint(): string | undefined {
    return this.#described ? this.#fingerprint : undefined;
  }

  remoteFingerprint(): string | undefined {
    return this.#remote?.fingerprint;
  }

  createOffer(): Promise<string> {
    return this.#inTurn(() => {
      this.#isOfferer = true;
      return this.#offer();
    });
  }

  acceptOffer(sdp: string): Promise<string> {
    return this.#inTurn(() => {
      this.#applyRemote(sdp, 'offer');
      return this.#answer();
    });
  }

  acceptAnswer(sdp: string): Promise<void> {
    return this.#inTurn(() => {
      if (!this.#offering) throw new Error('no offer of ours waits for an answer');
      this.#applyRemote(sdp, 'answer');
      this.#offering = false;
      this.#startChecks();
      return '';
    }).then(() => {});
  }

  addCandidate(): void {} // descriptions name the address

  restartOffer(): Promise<string> {
    return this.#inTurn(() => {
      this.#dropPath();
      return this.#offer();
    });
  }

  acceptRestart(sdp: string): Promise<string> {
    return this.#inTurn(() => {
      if (!this.#remote) throw new NewSessionError();
      const before = this.#remote.ufrag;
      this.#applyRemote(sdp, 'offer');
      this.#offering = false;
      if (this.#remote.ufrag !== before) this.#dropPath(); // an offer with the old credentials leaves the path alone
      return this.#answer();
    });
  }

  probe(): void {
    if (this.#closed) return;
    if (!this.#path) {
      if (this.#restarting) this.#startChecks();
      return;
    }
    const path = this.#path;
    this.#check(path.to, () => {
      if (this.#path !== path) return;
      if (this.#consentLost) this.#pathUp();
      else if (this.#channel.isStuck) this.#channel.nudge();
    });
  }

  send(data: string | Uint8Array): SendResult {
    const bytes = Buffer.from(data as string);
    if (!this.isOpen || bytes.length < 1 || bytes.length > MAX_MESSAGE_BYTES) return 'closed';
    const taken = this.#channel.send(bytes);
    if (taken && isApprove(bytes)) this.seen.approveSent = true;
    return taken ? 'sent' : 'full';
  }

  bufferedBytes(): number {
    return this.#channel.bufferedBytes;
  }

  stats(): LinkStats {
    const counts = { server_reflexive: 0, peer_reflexive: 0, relay: 0, unknown: 0 };
    const ends = { localAddress: String(this.#path?.address), remoteAddress: String(this.#path?.to), relay: null };
    return {
      localCandidates: { host: 1, ...counts },
      remoteCandidates: { host: this.#remote ? 1 : 0, ...counts },
      selectedPair: this.#path ? { local: 'host', remote: 'host', ...ends } : null,
      stranded: false,
      upAtMonoMs: { ice: null, dtls: null },
    };
  }

  isUprooted(): boolean {
    const address = this.#path?.address ?? this.#gatheredAt;
    return this.#described && address !== this.host.address;
  }

  async close(): Promise<void> {
    if (!this.#closed) this.#transmit({ kind: 'bye' });
    this.#release();
  }

  /** A datagram has come out of the net. */
  receive(from: string, datagram: Datagram): void {
    if (this.#closed) return;
    switch (datagram.kind) {
      case 'check':
        return this.#onCheck(from, datagram);
      case 'checked':
        return this.#checks.answered(datagram.id, from);
      case 'flight':
        if (datagram.fingerprint === this.#remote?.fingerprint) this.#handshake.receive(datagram.number, from);
        return;
      case 'bye':
        if (this.#handshake.hasBegun) this.#fail('channel closed');
        return;
      default:
        if (!this.#opened && !this.#handshake.mayBeOver) return;
        this.#open();
        this.#channel.receive(datagram);
    }
  }

  // Descriptions

  #offer(): string {
    this.#offering = true;
    this.#ufrag = newUfrag(this.#rng);
    return this.#describe('offer', '');
  }

  #answer(): string {
    if (!this.#path) this.#ufrag = newUfrag(this.#rng);
    const sdp = this.#describe('answer', this.#remote?.ufrag ?? '');
    if (!this.#path) this.#startChecks();
    return sdp;
  }

  #describe(kind: 'offer' | 'answer', answers: string): string {
    this.#described = true;
    this.#gatheredAt = this.host.address;
    const address = `${this.host.name}/${this.host.mapping}/${this.port}`;
    return writeDescription({ kind, fingerprint: this.#fingerprint, ufrag: this.#ufrag, address, answers });
  }

  #applyRemote(sdp: string, kind: 'offer' | 'answer'): void {
    const description = readDescription(sdp);
    if (description.kind !== kind) throw new Error(`not an ${kind}`);
    if (this.#remote && this.#remote.fingerprint !== description.fingerprint) throw new NewSessionError();
    // That of a stranger answers nothing. To whom we do not know yet it must be taken for one of upstream's, which are unsigned.
    const { answers } = description;
    if (kind === 'answer' && answers !== '' && answers !== this.#ufrag) this.#net.foreignAnswer(this);
    this.#remote = description;
  }

  /** A link that is closed answers at once. */
  #inTurn(work: () => string): Promise<string> {
    this.#net.unsettled();
    if (this.#closed) return Promise.reject(new Error('the link is closed'));
    return this.#turns.take(work);
  }

  // Path

  #dropPath(): void {
    this.#restarting = true;
    this.#path = null;
    this.#checks.forget();
    this.#net.changed(this);
  }

  #startChecks(): void {
    if (this.#path || !this.#remote) return;
    const { address } = this.#remote;
    const check = (times: number): void => {
      if (this.#closed || this.#path) return;
      this.#check(address, (from) => this.#nominate(from));
      const waitMs = CHECK_AGAIN_MS[times];
      if (waitMs !== undefined) this.#roundTimer = this.process.later(waitMs, () => check(times + 1));
    };
    this.process.clearTimeout(this.#roundTimer);
    this.#roundTimer = this.process.later(0, () => check(0));
    const early = this.#early;
    this.#early = null;
    if (early?.ufrag === this.#remote.ufrag) this.#check(early.from, (from) => this.#nominate(from));
  }

  #check(to: string, answered: (from: string) => void): void {
    const id = this.#checks.ask(answered);
    this.#emit(to, { kind: 'check', id, to: this.#remote?.ufrag ?? '', from: this.#ufrag });
  }

  #onCheck(from: string, { id, to, from: ufrag }: Extract<Datagram, { kind: 'check' }>): void {
    if (to !== this.#ufrag) return;
    this.#emit(from, { kind: 'checked', id });
    if (this.#remote?.ufrag !== ufrag) {
      this.#early = { from, ufrag };
      return;
    }
    if (this.#consentLost || (this.#restarting && this.#opened)) this.#sayPathAlive();
    if (!this.#path && !this.#offering) this.#check(from, (answeredBy) => this.#nominate(answeredBy));
  }

  #nominate(from: string): void {
    if (this.#path || this.#closed) return;
    this.#path = { address: this.host.address, to: from };
    this.far = this.#net.linkAt(from) ?? null;
    this.#net.changed(this);
    this.#pathUp();
    if (!this.#opened && !this.#isOfferer && !this.#handshake.hasBegun) this.#handshake.begin();
  }

  #pathUp(): void {
    const news = this.#opened && (this.#restarting || this.#consentLost);
    this.#restarting = false;
    this.#consentLost = false;
    this.#misses = 0;
    this.#askConsent();
    if (!news) return;
    this.#channel.nudge();
    this.#tell(() => this.#facts.pathAlive());
  }

  /** A thawed process finds a backlog of checks: they are one piece of news. */
  #sayPathAlive(): void {
    if (this.#pathAliveSaid) return;
    this.#pathAliveSaid = true;
    this.process.afterIoTurn(() => {
      this.#pathAliveSaid = false;
    });
    this.#tell(() => this.#facts.pathAlive());
  }

  #askConsent(): void {
    const { process } = this;
    process.clearTimeout(this.#consentTimer);
    this.#consentTimer = process.later(CONSENT_MS * this.#rng.between(0.8, 1.2), () => {
      const path = this.#path;
      if (!path || this.#closed) return;
      if (this.#net.restsAssured(this)) {
        this.#misses = 0;
        return;
      }
      if (this.#misses >= CONSENT_MISSES) return this.#loseConsent();
      this.#misses += 1;
      this.#check(path.to, () => {
        if (this.#path === path) this.#misses = 0;
      });
      this.#askConsent();
    });
  }

  /** It may no longer be taken for granted that the far end answers. */
  endRest(): void {
    if (this.#path && !this.#consentLost) this.#askConsent();
  }

  #loseConsent(): void {
    this.#consentLost = true;
    this.#net.changed(this);
    this.#tell(() => this.#facts.consentLost());
  }

  #open(): void {
    if (this.#opened) return;
    this.#opened = true;
    this.#handshake.isOver();
    this.#restarting = false;
    this.#net.changed(this);
    this.#tell(() => this.#facts.opened());
  }

  // Datagrams

  #transmit(datagram: Datagram): void {
    if (this.#path && !this.#consentLost) this.#emit(this.#path.to, datagram);
  }

  /** A socket that is bound to an address which the host has lost reaches nobody. */
  #emit(to: string, datagram: Datagram): void {
    if (this.#path && this.#path.address !== this.host.address) return;
    this.#net.emit(this, to, datagram);
  }

  #deliver(data: Uint8Array): void {
    if (isApprove(data)) this.seen.approveReceived = true;
    this.#tell(() => this.#facts.message(data));
  }

  /** Does its path lead to the address that the far end has now, from the one that we have? */
  get hasValidPath(): boolean {
    const mapping = this.#path?.to.split('/')[1];
    return this.#path?.address === this.host.address && this.far !== null && mapping === String(this.far.host.mapping);
  }

  /** Does what it sends arrive, as far as the two ends of the path go? */
  get carries(): boolean {
    return this.isOpen && !this.#consentLost && this.hasValidPath;
  }

  /** Traffic that the world does not carry hop by hop: see rest.ts. */
  hear(data: Uint8Array): void {
    this.#tell(() => this.#facts.message(data));
  }

  #fail(reason: string): void {
    this.#tell(() => this.#facts.closed(reason));
    this.#release();
  }

  #tell(tell: () => void): void {
    if (this.#closed) return;
    try {
      tell();
    } catch {
      // a fault of the listener must not become a fault of the transport
    }
  }

  #release(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#channel.stop();
    this.#handshake.stop();
    for (const timer of [this.#roundTimer, this.#consentTimer]) this.process.clearTimeout(timer);
    this.#net.changed(this);
    this.#net.unbind(this);
    this.#net.unsettled();
    this.#turns.end(new Error('the link is closed'));
  }
}

function isApprove(data: Uint8Array): boolean {
  return data.length < 24 && Buffer.from(data).toString().startsWith('{"kind":"approve"');
}
