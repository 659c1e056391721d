/** One link on werift: verbs in, facts out. It keeps no pace and no deadline. */
import type { RTCDataChannel, RTCPeerConnection, RTCSessionDescription } from 'werift';
import {
  type Link,
  type LinkFacts,
  type LinkOptions,
  type LinkStats,
  MAX_MESSAGE_BYTES,
  NewSessionError,
  type SendResult,
} from '../link.js';
import { usableAddresses } from './addresses.js';
import { newConnection } from './connection.js';
import { holdEarlyDatagrams } from './early-datagrams.js';
import { endHandshake } from './fast-dtls.js';
import { checkAgain, startChecks } from './fast-ice.js';
import { gatherWith } from './gather.js';
import { onAuthenticCheck } from './guard-stun.js';
import { dtlsOf, type Ice, iceOf, sayConnected, sctpOf } from './internals.js';
import { oneCheck } from './one-check.js';
import { RemoteCandidates } from './remote-candidates.js';
import { fingerprintOf, forWire, fromWire, isAnnounced, onlyFingerprintOf } from './sdp.js';
import { SendFlow } from './send-flow.js';
import { isUprooted, NOT_UP, noteUp, statsOf } from './stats.js';

const CHANNEL_LABEL = 'myownmesh';
const MAX_EARLY_MESSAGES = 16;

const linkClosed = () => new Error('the link is closed');

export class WeriftLink implements Link {
  readonly #facts: LinkFacts;
  readonly #options: LinkOptions;
  readonly #building: Promise<RTCPeerConnection>;
  #pc: RTCPeerConnection | undefined;
  #channel: RTCDataChannel | undefined;
  readonly #candidates = new RemoteCandidates();
  /** The far end may speak before the channel is acknowledged to us. */
  #earlyMessages: Uint8Array[] = [];
  #local: string | undefined;
  #remote: string | undefined;
  #opened = false;
  #closed = false;
  #closing: Promise<void> | undefined;
  #abandon!: (reason: Error) => void;
  /** Rejects when the link is closed. */
  readonly #abandoned = new Promise<never>((_, reject) => {
    this.#abandon = reject;
  });
  /** The last verb, and how many are not done. */
  #turn: Promise<unknown> = Promise.resolve();
  #verbs = 0;
  #consentLost = false;
  /** A restart is under way and has no pair yet. */
  #restarting = false;
  #pathAliveSaid = false;
  #flow: SendFlow | undefined;
  #upAtMonoMs = NOT_UP;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#facts = options.facts;
    this.#building = this.#build();
    // Whoever awaits a description hears of it.
    this.#building.catch(() => {});
    this.#abandoned.catch(() => {});
  }

  async #build(): Promise<RTCPeerConnection> {
    const pc = await newConnection();
    if (this.#closed) {
      await pc.close();
      throw linkClosed();
    }
    this.#pc = pc;
    pc.onDataChannel.subscribe((channel: RTCDataChannel) => {
      if (channel.label === CHANNEL_LABEL && !this.#channel) this.#adopt(channel);
    });
    pc.connectionStateChange.subscribe(() => this.#checkOpen());
    return pc;
  }

  localFingerprint(): string | undefined {
    return this.#local;
  }

  remoteFingerprint(): string | undefined {
    return this.#remote;
  }

  createOffer(): Promise<string> {
    return this.#inTurn(async (pc) => {
      this.#adopt(pc.createDataChannel(CHANNEL_LABEL));
      this.#watch(pc);
      holdEarlyDatagrams(pc);
      return await this.#describe(pc, await pc.createOffer());
    });
  }

  acceptOffer(sdp: string): Promise<string> {
    return this.#inTurn(async (pc) => {
      await this.#applyRemote(pc, 'offer', sdp);
      this.#watch(pc);
      holdEarlyDatagrams(pc);
      return await this.#describe(pc, await pc.createAnswer());
    });
  }

  acceptAnswer(sdp: string): Promise<void> {
    return this.#inTurn(async (pc) => {
      if (pc.signalingState !== 'have-local-offer') throw new Error('no offer of ours waits for an answer');
      await this.#applyRemote(pc, 'answer', sdp);
      if (this.#restarting) startChecks(pc);
    });
  }

  restartOffer(): Promise<string> {
    return this.#inTurn(async (pc) => {
      this.#restarting = true;
      return await this.#describe(pc, await pc.createOffer({ iceRestart: true }));
    });
  }

  acceptRestart(sdp: string): Promise<string> {
    return this.#inTurn(async (pc) => {
      if (this.#remote === undefined) throw new NewSessionError();
      await this.#applyRemote(pc, 'offer', sdp);
      this.#restarting = !iceOf(pc)?.nominated; // an offer with the old credentials leaves the path alone
      const answer = await this.#describe(pc, await pc.createAnswer());
      startChecks(pc);
      return answer;
    });
  }

  addCandidate(line: string): void {
    this.#candidates.add(line, this.#settled);
  }

  probe(): void {
    const pc = this.#pc;
    const ice = pc && iceOf(pc);
    if (!ice || this.#closed) return;
    if (ice.nominated) void this.#askPath(pc, ice);
    else if (this.#restarting) checkAgain(ice);
  }

  send(data: string | Uint8Array): SendResult {
    const size = typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength;
    if (this.#closed || !this.#flow || this.#channel?.readyState !== 'open') return 'closed';
    if (size < 1 || size > MAX_MESSAGE_BYTES) return 'closed';
    try {
      return this.#flow.send(Buffer.from(data as string)) ? 'sent' : 'full';
    } catch {
      return 'closed';
    }
  }

  bufferedBytes(): number {
    return this.#flow?.bufferedBytes() ?? 0;
  }

  stats(): LinkStats {
    return statsOf(this.#pc && iceOf(this.#pc), { opened: this.#opened, up: this.#upAtMonoMs });
  }

  isUprooted(): boolean {
    return isUprooted(this.#pc && iceOf(this.#pc), usableAddresses(this.#options.loopbackOnly));
  }

  close(): Promise<void> {
    this.#closing ??= this.#release();
    return this.#closing;
  }

  async #release(): Promise<void> {
    this.#closed = true;
    this.#abandon(linkClosed());
    try {
      const pc = await this.#building;
      endHandshake(dtlsOf(pc));
      await pc.close();
    } catch {
      // nothing was built
    }
  }

  // Descriptions

  /** Sets our description, which gathers, and returns it as it goes on the wire. */
  async #describe(pc: RTCPeerConnection, description: RTCSessionDescription): Promise<string> {
    await pc.setLocalDescription(description);
    const sdp = forWire(pc.localDescription?.sdp ?? '');
    this.#local = fingerprintOf(sdp);
    return sdp;
  }

  async #applyRemote(pc: RTCPeerConnection, type: 'offer' | 'answer', text: string): Promise<void> {
    const sdp = fromWire(text);
    const fingerprint = onlyFingerprintOf(sdp);
    if (this.#remote !== undefined && fingerprint !== this.#remote) throw new NewSessionError();
    await pc.setRemoteDescription({ type, sdp });
    this.#remote = fingerprint;
  }

  /** The connection, unless the far end's description is still to come or one is being applied. */
  get #settled(): RTCPeerConnection | undefined {
    return this.#remote === undefined || this.#verbs > 0 || this.#closed ? undefined : this.#pc;
  }

  /** One at a time: werift lets an offer and an answer run into each other. A link that is closed answers at once. */
  #inTurn<T>(work: (pc: RTCPeerConnection) => Promise<T>): Promise<T> {
    const turn = this.#turn.then(async () => {
      const pc = await this.#building;
      if (this.#closed) throw linkClosed();
      return await work(pc);
    });
    this.#verbs += 1;
    const done = () => {
      this.#verbs -= 1;
      if (this.#settled) this.#candidates.reconsider(this.#settled);
    };
    this.#turn = turn.then(done, done);
    return Promise.race([turn, this.#abandoned]);
  }

  // Facts

  #adopt(channel: RTCDataChannel): void {
    this.#channel = channel;
    channel.onMessage.subscribe((data: string | Buffer) => {
      const bytes = typeof data === 'string' ? Buffer.from(data) : data;
      if (this.#opened) this.#tell(() => this.#facts.message(bytes));
      else if (this.#earlyMessages.length < MAX_EARLY_MESSAGES) this.#earlyMessages.push(bytes);
    });
    channel.stateChanged.subscribe((state: string) => {
      if (state === 'open') this.#checkOpen();
      if (state === 'closed') this.#fail('channel closed');
    });
    this.#checkOpen();
  }

  /** Once the transports exist. */
  #watch(pc: RTCPeerConnection): void {
    const ice = iceOf(pc);
    const dtls = dtlsOf(pc);
    if (!ice || !dtls) throw new Error('no transport in the description');
    gatherWith(ice, {
      ...this.#options,
      candidate: (line) => this.#tell(() => this.#facts.candidate(line)),
      serverFailed: (url, reason) => this.#tell(() => this.#facts.serverFailed(url, reason)),
    });
    ice.stateChanged.subscribe((state) => {
      if (state === 'failed') this.#loseConsent();
      if (state === 'connected') this.#pathUp();
    });
    this.#upAtMonoMs = noteUp(ice, dtls);
    onAuthenticCheck(ice, () => {
      if (this.#consentLost || this.#restarting) this.#sayPathAlive();
    });
    dtls.onStateChange.subscribe((state) => {
      if (state === 'connected') this.#checkOpen();
      if (state === 'failed' || state === 'closed') this.#fail(`dtls ${state}`);
    });
  }

  /** A channel can open before the far end's certificate was compared: all three must say so. */
  #checkOpen(): void {
    const pc = this.#pc;
    if (!pc || this.#opened || this.#channel?.readyState !== 'open') return;
    const dtls = dtlsOf(pc);
    if (pc.connectionState !== 'connected' || dtls?.state !== 'connected') return;
    // What the handshake above binds to must be what was really presented, however werift read the description.
    const certificate = dtls.dtls?.cipher.remoteCertificate;
    if (!certificate || !isAnnounced(certificate, this.#remote ?? '')) {
      return this.#fail('the certificate is not the one that was announced');
    }
    this.#opened = true;
    const transport = sctpOf(pc);
    if (transport) this.#flow = new SendFlow(transport, this.#channel, () => this.#tell(() => this.#facts.drained()));
    this.#tell(() => this.#facts.opened());
    for (const bytes of this.#earlyMessages.splice(0)) this.#tell(() => this.#facts.message(bytes));
  }

  #fail(reason: string): void {
    if (this.#closed) return;
    this.#tell(() => this.#facts.closed(reason));
    void this.close();
  }

  #loseConsent(): void {
    if (this.#consentLost) return;
    this.#consentLost = true;
    this.#tell(() => this.#facts.consentLost());
  }

  #tell(tell: () => void): void {
    if (this.#closed) return;
    try {
      tell();
    } catch {
      // a fault of the listener must not become a fault of the transport
    }
  }

  // Path

  #pathUp(): void {
    const news = this.#restarting || this.#consentLost;
    this.#restarting = false;
    this.#consentLost = false;
    if (!news) return;
    this.#flow?.nudge();
    this.#tell(() => this.#facts.pathAlive());
  }

  /** A thawed process finds a backlog of checks: they are one piece of news, and one probe answers them. */
  #sayPathAlive(): void {
    if (this.#pathAliveSaid) return;
    this.#pathAliveSaid = true;
    setImmediate(() => {
      this.#pathAliveSaid = false;
    });
    this.#tell(() => this.#facts.pathAlive());
  }

  /** One check on the pair in use. */
  async #askPath(pc: RTCPeerConnection, ice: Ice): Promise<void> {
    const { nominated, generation } = ice;
    if (!nominated) return;
    try {
      await oneCheck(ice, nominated);
    } catch {
      return; // unanswered; the machine asks again or not
    }
    if (this.#closed || ice.generation !== generation || ice.nominated !== nominated) return;
    if (ice.state !== 'failed') {
      if (this.#flow?.isStuck) this.#flow.nudge();
      return;
    }
    ice.state = 'connected'; // the consent loop ends at once while the state is still 'failed'
    ice.queryConsent();
    sayConnected(pc);
    ice.setState('connected'); // tells #pathUp
  }
}
