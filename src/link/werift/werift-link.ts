/** One link on werift: verbs in, facts out. It keeps no pace and no deadline. */
import type { RTCDataChannel, RTCPeerConnection, RTCSessionDescription } from 'werift';
import {
  type CandidateCounts,
  type CandidateType,
  type Link,
  type LinkFacts,
  type LinkOptions,
  type LinkStats,
  MAX_MESSAGE_BYTES,
  NewSessionError,
  type SendResult,
} from '../link.js';
import { newConnection } from './connection.js';
import { holdEarlyDatagrams } from './early-datagrams.js';
import { checkAgain } from './fast-ice.js';
import { onAuthenticCheck } from './guard-stun.js';
import { dtlsOf, type Ice, iceOf, sayConnected, sctpOf } from './internals.js';
import { fingerprintOf, fingerprintsIn, forWire, fromWire } from './sdp.js';
import { SendFlow } from './send-flow.js';

const CHANNEL_LABEL = 'myownmesh';
/** How long the transport waits for the answer to one check. The far end answers at once or not at all. */
const CHECK_ANSWER_MS = 3_000;
const MAX_EARLY_CANDIDATES = 64;
const MAX_EARLY_MESSAGES = 16;

export class WeriftLink implements Link {
  readonly #facts: LinkFacts;
  readonly #options: LinkOptions;
  readonly #building: Promise<RTCPeerConnection>;
  #pc: RTCPeerConnection | undefined;
  #channel: RTCDataChannel | undefined;
  #earlyCandidates: string[] = [];
  /** The far end may speak before the channel is acknowledged to us. */
  #earlyMessages: Uint8Array[] = [];
  #local: string | undefined;
  #remote: string | undefined;
  #opened = false;
  #closed = false;
  #consentLost = false;
  /** A restart is under way and has no pair yet. */
  #restarting = false;
  #flow: SendFlow | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#facts = options.facts;
    this.#building = this.#build();
    this.#building.catch(() => {}); // whoever awaits a description hears of it
  }

  async #build(): Promise<RTCPeerConnection> {
    const pc = await newConnection(this.#options);
    if (this.#closed) {
      await pc.close();
      throw new Error('the link is closed');
    }
    this.#pc = pc;
    pc.onDataChannel.subscribe((channel: RTCDataChannel) => {
      if (channel.label === CHANNEL_LABEL && !this.#channel) this.#adopt(channel);
    });
    pc.connectionStateChange.subscribe(() => this.#checkOpen());
    pc.onIceCandidate.subscribe((candidate) => {
      const line = candidate?.candidate;
      if (line && this.#local) this.#tell(() => this.#facts.candidate(line));
    });
    return pc;
  }

  localFingerprint(): string | undefined {
    return this.#local;
  }

  remoteFingerprint(): string | undefined {
    return this.#remote;
  }

  createOffer(): Promise<string> {
    return this.#unlessClosed(async (pc) => {
      this.#adopt(pc.createDataChannel(CHANNEL_LABEL));
      this.#watch(pc);
      holdEarlyDatagrams(pc);
      return await this.#describe(pc, await pc.createOffer());
    });
  }

  acceptOffer(sdp: string): Promise<string> {
    return this.#unlessClosed(async (pc) => {
      await this.#applyRemote(pc, 'offer', sdp);
      this.#watch(pc);
      holdEarlyDatagrams(pc);
      return await this.#describe(pc, await pc.createAnswer());
    });
  }

  acceptAnswer(sdp: string): Promise<void> {
    return this.#unlessClosed(async (pc) => {
      if (pc.signalingState !== 'have-local-offer') throw new Error('no offer of ours waits for an answer');
      await this.#applyRemote(pc, 'answer', sdp);
      if (this.#restarting) this.#startChecks(pc);
    });
  }

  restartOffer(): Promise<string> {
    return this.#unlessClosed(async (pc) => {
      this.#restarting = true;
      return await this.#describe(pc, await pc.createOffer({ iceRestart: true }));
    });
  }

  acceptRestart(sdp: string): Promise<string> {
    return this.#unlessClosed(async (pc) => {
      if (this.#remote === undefined || !fingerprintsIn(sdp).every((value) => value === this.#remote)) {
        throw new NewSessionError();
      }
      this.#restarting = true;
      await this.#applyRemote(pc, 'offer', sdp);
      const answer = await this.#describe(pc, await pc.createAnswer());
      this.#startChecks(pc);
      return answer;
    });
  }

  addCandidate(line: string): void {
    const pc = this.#pc;
    if (!pc || this.#remote === undefined) {
      if (this.#earlyCandidates.length < MAX_EARLY_CANDIDATES) this.#earlyCandidates.push(line);
      return;
    }
    pc.addIceCandidate({ candidate: line.replace(/ generation \d+/g, ''), sdpMLineIndex: 0 }).catch(() => {});
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
    if (this.#closed || this.#channel?.readyState !== 'open' || size < 1 || size > MAX_MESSAGE_BYTES) return 'closed';
    try {
      return this.#flow?.send(Buffer.from(data as string)) ? 'sent' : 'full';
    } catch {
      return 'closed';
    }
  }

  bufferedBytes(): number {
    return this.#flow?.bufferedBytes() ?? 0;
  }

  stats(): LinkStats {
    const ice = this.#pc && iceOf(this.#pc);
    const pair = ice?.nominated;
    return {
      localCandidates: count(ice?.localCandidates ?? []),
      remoteCandidates: count(ice?.remoteCandidates ?? []),
      selectedPair: pair
        ? { local: typeOf(pair.localCandidate.type), remote: typeOf(pair.remoteCandidate.type) }
        : null,
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#building.then((pc) => pc.close()).catch(() => {});
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
    const [fingerprint, ...others] = new Set(fingerprintsIn(sdp));
    if (fingerprint === undefined) throw new Error('description without a fingerprint');
    // werift would accept a second fingerprint beside the first one.
    if (others.length > 0) throw new Error('description with several fingerprints');
    if (this.#remote !== undefined && fingerprint !== this.#remote) throw new NewSessionError();
    await pc.setRemoteDescription({ type, sdp });
    this.#remote = fingerprint;
    for (const line of this.#earlyCandidates.splice(0)) this.addCandidate(line);
  }

  async #unlessClosed<T>(work: (pc: RTCPeerConnection) => Promise<T>): Promise<T> {
    const pc = await this.#building;
    if (this.#closed) throw new Error('the link is closed');
    const result = await work(pc);
    if (this.#closed) throw new Error('the link is closed');
    return result;
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
    ice.stateChanged.subscribe((state) => {
      if (state === 'failed') this.#loseConsent();
      if (state === 'connected') this.#pathUp();
    });
    onAuthenticCheck(ice, () => {
      if (this.#consentLost) this.#tell(() => this.#facts.pathAlive());
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
    if (pc.connectionState !== 'connected' || dtlsOf(pc)?.state !== 'connected') return;
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

  /** After a restart: werift starts no checks by itself while DTLS is connected. */
  #startChecks(pc: RTCPeerConnection): void {
    const transport = dtlsOf(pc)?.iceTransport;
    if (!transport || transport.connection.nominated || transport.state === 'closed') return;
    transport.start().catch(() => {});
  }

  #pathUp(): void {
    const news = this.#restarting || this.#consentLost;
    this.#restarting = false;
    this.#consentLost = false;
    if (!news) return;
    this.#flow?.nudge();
    this.#tell(() => this.#facts.pathAlive());
  }

  /** One authenticated check on the pair in use. werift takes its answer only from that address and with integrity. */
  async #askPath(pc: RTCPeerConnection, ice: Ice): Promise<void> {
    const { nominated, generation } = ice;
    if (!nominated) return;
    try {
      const request = ice.buildRequest({
        nominate: false,
        localUsername: ice.localUsername,
        remoteUsername: ice.remoteUsername,
        iceControlling: ice.iceControlling,
        localCandidate: nominated.localCandidate,
      });
      const key = Buffer.from(ice.remotePassword, 'utf8');
      const once = { retransmissions: 0, responseTimeout: CHECK_ANSWER_MS };
      await nominated.protocol.request(request, nominated.remoteAddr, key, once);
    } catch {
      return; // unanswered; the machine asks again or not
    }
    if (this.#closed || ice.generation !== generation || ice.nominated !== nominated) return;
    if (ice.state !== 'failed') return this.#flow?.nudge();
    ice.state = 'connected'; // the consent loop ends at once while the state is still 'failed'
    ice.queryConsent();
    sayConnected(pc);
    ice.setState('connected'); // tells #pathUp
  }
}

const TYPES: Record<string, CandidateType> = {
  host: 'host',
  srflx: 'server_reflexive',
  prflx: 'peer_reflexive',
  relay: 'relay',
};
const typeOf = (type: string): CandidateType => TYPES[type] ?? 'unknown';

function count(candidates: { type: string }[]): CandidateCounts {
  const counts: CandidateCounts = { host: 0, server_reflexive: 0, peer_reflexive: 0, relay: 0, unknown: 0 };
  for (const { type } of candidates) counts[typeOf(type)] += 1;
  return counts;
}
