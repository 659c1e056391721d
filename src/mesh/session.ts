/**
 * One session with one peer: a link, the handshake on its channel, and an epoch. It turns what the link reports into
 * facts for the peer machine, and what the machine decides into verbs of the link. It decides nothing itself.
 */
import type { PeerEvent } from '../../machines/peer-events.js';
import { type Link, NewSessionError, type SendResult } from '../link/link.js';
import { decodeFrame, encodeFrame } from '../protocol/codec.js';
import { type CapabilityAdvert, type Frame, isProtocolFrame } from '../protocol/frames.js';
import { Handshake } from '../protocol/handshake.js';
import { type Routed, unwrap } from '../protocol/routed.js';
import type { SessionHost } from './session-host.js';

export class Session {
  readonly epoch: number;
  readonly handshake: Handshake;
  readonly link: Link;
  readonly #host: SessionHost;
  /** Negotiation id of our offer that has no answer yet. */
  #pendingOffer = '';
  #authenticated = false;
  #greeted = false;
  #reported = false;
  #ping: { t: number; sentMs: number } | null = null;
  #closed = false;
  /** What the far end knows of us. */
  #saidCapabilities: CapabilityAdvert;

  constructor(epoch: number, host: SessionHost) {
    this.epoch = epoch;
    this.#host = host;
    this.#saidCapabilities = host.capabilities();
    this.link = host.createLink({
      opened: () => host.tell({ type: 'OPENED', epoch }),
      closed: (reason) => host.tell({ type: 'CLOSED', epoch, reason }),
      message: (data) => this.#receive(data),
      consentLost: () => host.tell({ type: 'CONSENT_LOST', epoch }),
      pathAlive: () => host.tell({ type: 'PATH_ALIVE', epoch }),
      candidate: (candidate) => host.publish({ kind: 'candidate', to: host.peerId, candidate }),
      serverFailed: (url, reason) => host.serverFailed(url, reason),
      drained: () => host.drained(epoch),
    });
    this.handshake = new Handshake({
      identity: host.identity,
      peerId: host.peerId,
      boot: host.boot,
      room: host.room,
      appVersion: host.appVersion,
      capabilities: this.#saidCapabilities,
      randomBytes: (length) => host.runtime.randomBytes(length),
      verify: host.verify,
      localFingerprint: () => this.link.localFingerprint(),
      remoteFingerprint: () => this.link.remoteFingerprint(),
    });
  }

  /** Does it wait for the answer to this negotiation (`null`: to any, the peer does not name them)? */
  awaitsAnswer(neg: string | null): boolean {
    return this.#pendingOffer !== '' && (neg === null || neg === this.#pendingOffer);
  }

  offer(): void {
    this.#describe(this.link.createOffer(), (sdp) => this.#publishOffer(sdp));
  }

  answer(sdp: string, neg: string): void {
    this.#describe(this.link.acceptOffer(sdp), (answer) => this.#publishAnswer(answer, neg));
  }

  /** In-place restart: a failure is no news, the machine's own bound decides. */
  restart(): void {
    this.#attempt(this.link.restartOffer(), (sdp) => this.#publishOffer(sdp));
  }

  acceptRestart(sdp: string, neg: string): void {
    this.#pendingOffer = '';
    this.#attempt(this.link.acceptRestart(sdp), (answer) => this.#publishAnswer(answer, neg));
  }

  acceptAnswer(sdp: string): void {
    this.#attempt(this.link.acceptAnswer(sdp), () => {
      this.#pendingOffer = '';
      this.#host.tell({ type: 'ANSWERED', epoch: this.epoch });
    });
  }

  sendHello(): void {
    this.link.send(this.handshake.hello());
  }

  /** The latch follows the send: an approve that did not leave is owed. */
  sendApprove(): void {
    const sent = this.link.send(encodeFrame({ kind: 'approve' })) === 'sent';
    if (sent) this.#host.tell({ type: 'APPROVE_SENT', epoch: this.epoch });
  }

  sendShelving(shelved: boolean): void {
    const frame = shelved
      ? ({ kind: 'shelve', reason: 'topology-rebalance' } as const)
      : ({ kind: 'unshelve' } as const);
    const sent = this.link.send(encodeFrame(frame)) === 'sent';
    if (sent) this.#host.tell({ type: 'SHELVING_SENT', epoch: this.epoch, shelved });
  }

  /** One ping at a time waits in the transport: more of them would only queue up behind a dead path. */
  ping(): void {
    if (this.#ping && this.link.bufferedBytes() > 0) return;
    const { wallMs, monoMs } = this.#host.runtime.clocks();
    this.#ping = { t: Math.floor(wallMs), sentMs: monoMs };
    this.link.send(encodeFrame({ kind: 'ping', t: this.#ping.t }));
  }

  /** Nothing is sent when the far end knows it already. */
  tellCapabilities(capabilities: CapabilityAdvert): void {
    if (capabilities === this.#saidCapabilities) return;
    const sent = this.link.send(encodeFrame({ kind: 'capabilities_update', capabilities })) === 'sent';
    if (sent) this.#saidCapabilities = capabilities;
  }

  send(frame: string): SendResult {
    return this.link.send(frame);
  }

  close(): void {
    this.#closed = true;
    this.link.close().catch((error) => this.#host.failed('close', error));
  }

  #publishOffer(sdp: string): void {
    this.#pendingOffer = this.#host.newNegotiation();
    this.#host.publish({ kind: 'offer', to: this.#host.peerId, sdp, neg: this.#pendingOffer });
  }

  #publishAnswer(sdp: string, neg: string): void {
    this.#host.publish({ kind: 'answer', to: this.#host.peerId, sdp, neg });
  }

  /** First description of a link: without one there is no session. */
  #describe(work: Promise<string>, then: (sdp: string) => void): void {
    work.then(
      (sdp) => {
        if (!this.#closed) then(sdp);
      },
      (error) => {
        this.#host.failed('describe', error);
        if (!this.#closed) this.#host.tell({ type: 'CLOSED', epoch: this.epoch, reason: 'not-built' });
      },
    );
  }

  #attempt<T>(work: Promise<T>, then: (result: T) => void): void {
    work.then(
      (result) => {
        if (!this.#closed) then(result);
      },
      (error) => {
        if (this.#closed) return;
        this.#host.failed('negotiate', error);
        if (error instanceof NewSessionError) this.#host.tell({ type: 'RESTART_REFUSED', epoch: this.epoch });
      },
    );
  }

  #receive(data: Uint8Array): void {
    if (this.#closed) return;
    const decoded = decodeFrame(data);
    if (!decoded.ok) return this.#host.misread(this.epoch, decoded.error);
    const { frame } = decoded;
    if (isProtocolFrame(frame)) {
      this.#greet(frame);
      if (!this.#closed) this.#host.heard(this.epoch); // it may have been the last one
    } else if (this.#host.admits(this.epoch)) {
      this.#host.heard(this.epoch);
      this.#serve(unwrap(frame, data));
    }
  }

  #greet(frame: Frame): void {
    const { epoch } = this;
    switch (frame.kind) {
      case 'hello': {
        const verdict = this.handshake.onHello(frame);
        if (verdict === 'ignored') return;
        if ('fail' in verdict) return this.#fail(verdict.fail);
        this.link.send(verdict.reply);
        this.#greeted = true;
        // A repeated proof takes an upstream peer out of Active until it is approved again.
        if (!verdict.first && this.#reported) this.sendApprove();
        return this.#reportAuthenticated();
      }
      case 'auth_response': {
        const verdict = this.handshake.onAuthResponse(frame);
        if (typeof verdict === 'object') return this.#fail(verdict.fail);
        this.#authenticated = true;
        return this.#reportAuthenticated();
      }
      case 'approve':
        return this.#host.tell({ type: 'THEY_APPROVED', epoch });
      case 'deny':
        // Anybody could answer our offer and say so: only the device itself may send us away.
        if (!this.#authenticated) return;
        this.#host.received(frame);
        return this.#host.tell({ type: 'DENIED', epoch });
    }
  }

  #fail(reason: string): void {
    this.#host.tell({ type: 'AUTH_FAILED', epoch: this.epoch, reason });
  }

  /** Both halves: the peer has proven its key, and its hello says which process it is. */
  #reportAuthenticated(): void {
    if (!this.#authenticated || !this.#greeted || this.#reported) return;
    this.#reported = true;
    const { peerBoot, peerSigns } = this.handshake;
    const admit = this.#host.mayAdmit();
    this.#host.tell({ type: 'AUTHENTICATED', epoch: this.epoch, boot: peerBoot ?? 0, signs: peerSigns, admit });
    this.#host.authenticated(this, admit);
  }

  #serve(frame: Frame | Routed): void {
    switch (frame.kind) {
      case 'ping':
        this.link.send(encodeFrame({ kind: 'pong', t: frame.t }));
        return;
      case 'pong': {
        if (!this.#ping || Number(frame.t) !== this.#ping.t) return;
        const rttMs = this.#host.runtime.monoMs() - this.#ping.sentMs;
        this.#ping = null;
        return this.#host.tell({ type: 'PONG', epoch: this.epoch, rttMs } satisfies PeerEvent);
      }
      case 'shelve':
      case 'unshelve':
        return this.#host.tell({ type: 'THEY_SHELVED', epoch: this.epoch, shelved: frame.kind === 'shelve' });
      case 'capabilities_update':
        this.handshake.peerCapabilities = frame.capabilities;
        return this.#host.capabilitiesChanged();
      default:
        return this.#host.received(frame);
    }
  }
}
