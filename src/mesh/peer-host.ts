/**
 * Everything of one peer that is not a decision: its actor, its sessions by epoch, descriptions that wait, the send
 * queue, what was last heard. The peer machine decides by calling the effects at the end.
 */
import type { ActorRefFrom } from 'xstate';
import type { peerMachine } from '../../machines/peer.js';
import type { PeerContext, PeerEvent, Repair, Shaping } from '../../machines/peer-events.js';
import type { LinkFacts } from '../link/link.js';
import type { Signal } from '../signaling/signaling.js';
import type { MeshEvent, PeerInfo, PeerState, SendOutcome } from './api.js';
import type { Familiarity } from './build-gate.js';
import { fingerprintIn, HeldOffers, type Offer } from './held-offers.js';
import { Misreads } from './misreads.js';
import type { NetworkCore } from './network-core.js';
import { peerInfo } from './peer-info.js';
import { detailOf, isCalm, type Shelving, shelvingChanges, topOf } from './peer-state.js';
import type { Carrier } from './reliable.js';
import { SendQueue } from './send-queue.js';
import type { Session } from './session.js';
import type { SessionHost } from './session-host.js';
import { Sessions } from './sessions.js';

/** What a mesh tells of a peer, but for the network's name. */
type PeerNews<Event = MeshEvent> = Event extends { peer: PeerInfo } ? Omit<Event, 'network'> : never;

export class PeerHost {
  readonly id: string;
  readonly #core: NetworkCore;
  readonly #actor: ActorRefFrom<typeof peerMachine>;
  readonly #sessions: Sessions;
  readonly #offers = new HeldOffers();
  readonly #queue = new SendQueue();
  #lastFrameMs: number | null = null;
  #heardSinceSweep = false;
  readonly #misreads = new Misreads();
  /** While the machine waits for a frame, each one is reported to it; else it only leaves a time stamp. */
  #awaitsFrame = true;
  #suspectedMs = 0;
  #recoveredVia: Repair | null = null;
  #detail = '';
  /** As it was when it was last told. */
  #shelving: Shelving = { epoch: 0, shelvedByUs: false, shelvedByThem: false };
  #state: PeerState | null = null;
  #label = '';
  /** No path was found that needs no TURN server, and none has been since. */
  #needsTurn = false;

  constructor(id: string, actor: ActorRefFrom<typeof peerMachine>, core: NetworkCore) {
    this.id = id;
    this.#core = core;
    this.#actor = actor;
    this.#sessions = new Sessions({
      id,
      gates: core.gates,
      familiarity: () => this.familiarity(),
      sessionHost: () => this.#sessionHost(),
      notBuilt: (epoch, error) => {
        core.failed('build', error);
        this.send({ type: 'CLOSED', epoch, reason: 'not-built' });
      },
    });
    actor.subscribe({ next: () => this.#changed(), error: () => {} }); // whoever adopted it hears of errors
  }

  get context(): PeerContext {
    return this.#actor.getSnapshot().context;
  }

  get state(): PeerState {
    return topOf(this.#actor.getSnapshot().value);
  }

  send(event: PeerEvent): void {
    this.#actor.send(event);
  }

  /** Nothing is open, nothing ever was: the first to go when the table is full. */
  get isMereSight(): boolean {
    return this.state === 'sighted' && !this.context.wasActive;
  }

  /** Does what is sent to everybody go to this peer? */
  get isInAudience(): boolean {
    const { wasActive, shelvedByUs, shelvedByThem } = this.context;
    return wasActive && !shelvedByUs && !shelvedByThem;
  }

  get hasSession(): boolean {
    return this.state === 'active' || this.state === 'stale';
  }

  shape({ dials, keeps }: Shaping): void {
    if (dials === this.context.dials && keeps === this.context.keeps) return;
    this.send({ type: 'SHAPED', dials, keeps });
  }

  familiarity(): Familiarity {
    if (this.context.wasActive) return 2;
    return this.context.asked || this.#core.roster.has(this.id) ? 1 : 0;
  }

  // Signaling

  offered(offer: Offer): void {
    const key = this.#offers.hold(offer);
    this.send({ type: 'OFFER', boot: offer.proof?.boot ?? null, key, names: this.#sessionNamedBy(offer.sdp) });
  }

  answered({ sdp, proof }: Extract<Signal, { kind: 'answer' }>): void {
    // Whoever signs is not answered for by anybody else.
    const { signs, boot } = this.context;
    if (!proof && (signs || boot > 0)) return;
    const waiting = this.#sessions.newestFirst().find((session) => session.awaitsAnswer(proof?.neg ?? null));
    waiting?.acceptAnswer(sdp);
  }

  candidate(line: string): void {
    this.#sessions.candidate(line);
  }

  #sessionNamedBy(sdp: string): 'current' | 'candidate' | 'none' {
    const fingerprint = fingerprintIn(sdp);
    if (fingerprint === undefined) return 'none';
    const { epoch, candidate } = this.context;
    if (this.#sessions.get(epoch)?.link.remoteFingerprint() === fingerprint) return 'current';
    return this.#sessions.get(candidate)?.link.remoteFingerprint() === fingerprint ? 'candidate' : 'none';
  }

  // Data path

  transmit(frame: string): SendOutcome {
    const { wasActive } = this.context;
    if (this.state === 'active' && this.#queue.empty) {
      const result = this.#current()?.send(frame) ?? 'closed';
      if (result === 'sent') return { status: 'sent' };
    } else if (this.state !== 'active' && !wasActive) {
      return { status: 'refused', reason: 'not-active' };
    }
    return this.#queue.add(frame) ? { status: 'queued' } : { status: 'refused', reason: 'queue-full' };
  }

  /** The session that takes frames now: none while what was sent before them still waits. */
  carrier(): Carrier | undefined {
    const session = this.#current();
    if (this.state !== 'active' || !session || !this.#queue.empty) return undefined;
    const { epoch } = session;
    return { epoch, features: session.handshake.peerFeatures, send: (frame) => session.send(frame) === 'sent' };
  }

  #flush(): void {
    if (this.state !== 'active') return;
    this.tellCapabilities();
    this.#queue.flush((frame) => this.#current()?.send(frame) === 'sent');
    if (this.#queue.empty) this.#core.application.writable(this.id);
  }

  /** To a peer that is not active they are told when it is. */
  tellCapabilities(): void {
    if (this.state === 'active') this.#current()?.tellCapabilities(this.#core.capabilities());
  }

  #heard(epoch: number): void {
    if (epoch === this.context.epoch) {
      this.#lastFrameMs = this.#core.runtime.monoMs();
      this.#heardSinceSweep = true;
    }
    if (this.#awaitsFrame) this.send({ type: 'FRAME', epoch });
  }

  /** What strangers say before they are admitted is no peer's fault. */
  #misread(epoch: number, problem: string): void {
    if (!this.#admits(epoch)) return;
    const verdict = this.#misreads.add();
    if (verdict === 'tell') this.#core.failed('decode', problem, this.id);
    if (verdict !== 'too-many') return;
    const text = `peer dropped and left alone for a while: its messages are no frames of the protocol (${problem})`;
    this.#core.log.warn({ peer: this.id }, text);
    this.send({ type: 'VIOLATED', epoch });
  }

  #admits(epoch: number): boolean {
    return epoch === this.context.epoch && (this.state === 'active' || this.state === 'stale');
  }

  sweep(): void {
    const silent = !this.#heardSinceSweep;
    this.#heardSinceSweep = false;
    this.#misreads.sweep();
    // A shelved link is counted out whether or not it is used: what comes over it can go by way of others.
    if (silent || this.#awaitsFrame || this.#detail === 'active.shelved') this.send({ type: 'TICK', silent });
  }

  renewLostPath(): void {
    if (this.#current()?.link.isUprooted()) this.send({ type: 'RENEW', reason: 'address-lost' });
  }

  #current(): Session | undefined {
    return this.#sessions.get(this.context.epoch);
  }

  // What others see

  info(): PeerInfo {
    const { context } = this;
    const session = this.#current();
    if (context.authenticated && session) this.#label = session.handshake.peerLabel;
    return peerInfo(context, session, {
      label: this.#label,
      state: this.state,
      detail: this.#detail || detailOf(this.#actor.getSnapshot().value),
      pinned: this.#core.isPinned(this.id),
      needsTurn: this.#needsTurn,
      lastFrameAgoMs: this.#lastFrameMs === null ? null : Math.max(0, this.#core.runtime.monoMs() - this.#lastFrameMs),
    });
  }

  /** Compares with what was last told: most events change nothing that anybody watches. */
  #changed(): void {
    const { value, context } = this.#actor.getSnapshot();
    const detail = detailOf(value);
    this.#awaitsFrame = !isCalm(detail) || context.silentTicks > 0;
    if (detail !== this.#detail) this.#changedState(topOf(value), detail, context.reason);
    const changes = shelvingChanges(this.#shelving, context);
    this.#shelving = context;
    for (const change of changes) this.tell({ ...change, peer: this.info() });
  }

  #changedState(to: PeerState, detail: string, reason: string): void {
    if (isCalm(this.#detail)) this.#suspectedMs = this.#core.runtime.monoMs();
    const from = this.#state;
    this.#detail = detail;
    this.#state = to;
    if (to === 'active' && from !== 'active') this.#core.membership.admitted(this.id, this.info().label);
    if (isCalm(detail)) this.#flush();
    this.tell({ type: 'peer', peer: this.info(), from, to, reason });
    const via = this.#recoveredVia;
    this.#recoveredVia = null;
    if (via === null) return;
    const ms = Math.max(0, this.#core.runtime.monoMs() - this.#suspectedMs);
    this.tell({ type: 'recovered', peer: this.info(), ms, via });
  }

  tell(event: PeerNews): void {
    this.#core.tell({ ...event, network: this.#core.networkId } as MeshEvent);
  }

  /** The actor is gone: nothing it owned may outlive it. */
  dispose(): void {
    for (const { epoch } of this.#sessions.newestFirst()) this.closeSession(epoch);
    this.#offers.clear();
  }

  // Effects of the peer machine. They name the epoch, since the actor still shows the state before the transition.

  openAsOfferer(epoch: number): void {
    this.#sessions.build(epoch, 'offers', (session) => session.offer());
  }

  openAsAnswerer(epoch: number, key: number): void {
    this.#sessions.build(epoch, 'answers', (session) => {
      const offer = this.#offers.take(key);
      if (offer) session.answer(offer.sdp, offer.proof?.neg ?? '');
    });
  }

  closeSession(epoch: number): void {
    if (epoch === 0) return;
    const session = this.#sessions.take(epoch);
    if (session?.link.stats().stranded) {
      this.#needsTurn = true;
      this.#core.advice.needsTurn(this.info());
    }
    session?.close();
  }

  sendHello(epoch: number): void {
    this.#sessions.built(epoch); // the channel is open: the expensive part is done
    this.#needsTurn = false;
    this.#sessions.get(epoch)?.sendHello();
  }

  sendApprove(epoch: number): void {
    this.#sessions.get(epoch)?.sendApprove();
  }

  ping(epoch: number): void {
    this.#sessions.get(epoch)?.ping();
  }

  probe(epoch: number): void {
    this.#sessions.get(epoch)?.link.probe();
  }

  restart(epoch: number): void {
    this.#sessions.get(epoch)?.restart();
  }

  acceptRestart(epoch: number, key: number): void {
    const offer = this.#offers.take(key);
    if (offer) this.#sessions.get(epoch)?.acceptRestart(offer.sdp, offer.proof?.neg ?? '');
  }

  sendShelving(epoch: number, shelved: boolean): void {
    this.#sessions.get(epoch)?.sendShelving(shelved);
  }

  /** To this peer alone: for everybody else we are here. */
  leave(): void {
    this.#core.publish({ kind: 'leave', to: this.id });
  }

  /** Told with the change of state that it belongs to: within an effect the actor still shows the state before. */
  reportRecovered(via: Repair): void {
    this.#recoveredVia = via;
  }

  #sessionHost(): SessionHost {
    const core = this.#core;
    return {
      peerId: this.id,
      identity: core.identity,
      boot: core.boot,
      room: core.room,
      appVersion: core.appVersion,
      runtime: core.runtime,
      verify: core.ports.verify,
      createLink: (facts: LinkFacts) => core.createLink(facts),
      newNegotiation: () => core.newNegotiation(),
      publish: (message) => core.publish(message),
      tell: (event) => this.send(event),
      heard: (epoch) => this.#heard(epoch),
      misread: (epoch, problem) => this.#misread(epoch, problem),
      admits: (epoch) => this.#admits(epoch),
      capabilities: () => core.capabilities(),
      capabilitiesChanged: () => this.tell({ type: 'capabilities', peer: this.info() }),
      mayAdmit: () => core.membership.mayAdmit(this.id),
      authenticated: (session, rostered) =>
        this.tell({ type: 'authenticated', peer: this.info(), code: session.handshake.codeReceived ?? '', rostered }),
      received: (frame) => core.application.received(this.id, frame),
      serverFailed: (url, reason) => core.advice.serverFailed(url, reason),
      drained: (epoch) => {
        if (epoch === this.context.epoch) this.#flush();
      },
      failed: (what, error) => core.failed(what, error, this.id),
    };
  }
}
