/** The sockets of one relay: carries out what its machine decides, and tells the machine what happened. */
import type { AnyActorRef } from 'xstate';
import type { RelayPhase } from '../../machines/relay.js';
import type { RelayContext, RelayEvent } from '../../machines/relay-events.js';
import type { NostrEvent } from './nostr-event.js';
import { Outflow } from './outflow.js';
import type { OutgoingEvent } from './outgoing-event.js';
import { parseRelayFrame } from './relay-frames.js';
import type { DialRelay, RelaySocket } from './relay-socket.js';
import type { RelayStatus } from './signaling.js';
import { isOurSubscription, SUBSCRIPTION_ID } from './subscription.js';

export interface RelayConnectionHost {
  dial: DialRelay;
  subscriptionFrames(split: boolean): string[];
  /** The wanted form of the subscription. */
  isWide(): boolean;
  event(event: NostrEvent): void;
  /** From now on `publish` reaches the relay. */
  admitted(): void;
  /** The relay has answered on the socket in use: what was sent on it so far has arrived. */
  trusted(): void;
  /** The relay does not take what we send; told once for each socket. */
  refused(reason: string): void;
  changed(status: RelayStatus, reason: string): void;
}

interface Machine {
  context: RelayContext;
  self: { send(event: RelayEvent): void };
}

export class RelayConnection {
  readonly url: string;
  readonly #host: RelayConnectionHost;
  readonly #outflow: Outflow;
  readonly #sockets = new Map<number, RelaySocket>();
  /** The form in which each socket has subscribed. */
  readonly #wide = new Map<number, boolean>();
  readonly #closing = new Set<Promise<void>>();
  #phase: RelayPhase | undefined;
  /** The socket that the relay has admitted, 0 = none. */
  #serving = 0;
  /** A ping is out, or went unanswered. */
  #doubted = false;
  #split = false;
  #announceId = '';
  /** The last socket that refused an event of ours. */
  #refusing = 0;

  constructor(url: string, parent: AnyActorRef, id: string, host: RelayConnectionHost) {
    this.url = url;
    this.#host = host;
    this.#outflow = new Outflow(parent, `${id}:outflow`, (frame) => this.#send(frame));
  }

  get status(): RelayStatus {
    return { url: this.url, state: this.#phase ?? 'dialing' };
  }

  get admitted(): boolean {
    return this.#serving !== 0;
  }

  get trusted(): boolean {
    return this.admitted && !this.#doubted;
  }

  /** At a pace that the relay accepts. */
  publish(event: OutgoingEvent): void {
    const { text, id } = event.frame(this.#split);
    // The machine keeps a replaced socket open until the relay confirms this one.
    if (event.kind === 'announce') this.#announceId = id;
    // A leave is followed by the end of the connection: it cannot wait.
    if (event.kind === 'leave') this.#send(text);
    else this.#outflow.send(text, event.kind === 'candidate');
  }

  /** The wanted form of the subscription has changed; a split one has but one form. */
  resubscribe(): void {
    if (!this.#split && this.admitted) this.#subscribe(this.#serving);
  }

  /** What still waits is not sent. Call it once, before the machine is told to close. */
  stop(): void {
    this.#outflow.stop();
  }

  /** Resolves when all sockets are gone. */
  async closed(): Promise<void> {
    await Promise.all(this.#closing);
  }

  // Effects of the relay machine.

  dial({ context, self }: Machine): void {
    const socket = newest(context);
    try {
      const opened = this.#host.dial(this.url, {
        opened: () => self.send({ type: 'OPENED', socket }),
        frame: (text) => this.#frame(socket, text, self),
        pong: () => {
          if (this.#sockets.has(socket)) self.send({ type: 'PONG', socket });
        },
        closed: (reason) => {
          this.#wide.delete(socket);
          if (this.#sockets.delete(socket)) self.send({ type: 'LOST', socket, reason });
        },
      });
      this.#sockets.set(socket, opened);
    } catch (error) {
      self.send({ type: 'LOST', socket, reason: error instanceof Error ? error.message : 'cannot be dialled' });
    }
  }

  subscribe({ context }: Machine): void {
    this.#split = context.split;
    this.#subscribe(newest(context));
  }

  ping({ context }: Machine): void {
    this.#doubted = true;
    this.#sockets.get(context.socket)?.ping();
  }

  closeStraySockets({ context }: Machine): void {
    const named = [context.socket, context.spare, context.retiring];
    for (const [number, socket] of this.#sockets) {
      if (named.includes(number)) continue;
      this.#sockets.delete(number);
      this.#wide.delete(number);
      const closed = socket.close().finally(() => this.#closing.delete(closed));
      this.#closing.add(closed);
    }
    if (!named.includes(this.#serving)) this.#serving = 0;
  }

  admit({ context }: Machine): void {
    this.#serving = context.socket;
    // What was stored comes first, and may have told us that the other form will do.
    if (this.#wide.get(this.#serving) !== this.#host.isWide()) this.resubscribe();
    this.#host.admitted();
  }

  report({ context }: Machine, phase: RelayPhase): void {
    if (phase === 'admitted' && this.#doubted) {
      this.#doubted = false;
      this.#host.trusted();
    }
    if (phase === this.#phase) return;
    this.#phase = phase;
    this.#host.changed(this.status, context.reason);
  }

  #subscribe(socket: number): void {
    this.#wide.set(socket, this.#host.isWide());
    for (const frame of this.#host.subscriptionFrames(this.#split)) this.#sockets.get(socket)?.send(frame);
  }

  #refused(socket: number, reason: string): void {
    if (this.#refusing === socket) return;
    this.#refusing = socket;
    this.#host.refused(reason);
  }

  #send(frame: string): void {
    this.#sockets.get(this.#serving)?.send(frame);
  }

  #frame(socket: number, text: string, self: Machine['self']): void {
    if (!this.#sockets.has(socket)) return;
    const frame = parseRelayFrame(text);
    switch (frame?.type) {
      case 'event':
        this.#host.event(frame.event);
        return;
      case 'stored-events-end':
        if (frame.subscription === SUBSCRIPTION_ID) self.send({ type: 'SUBSCRIBED', socket });
        return;
      case 'ok':
        if (!frame.accepted) this.#refused(socket, frame.reason);
        else if (frame.id === this.#announceId) self.send({ type: 'ANNOUNCED', socket });
        return;
      case 'closed':
        if (isOurSubscription(frame.subscription)) self.send({ type: 'REFUSED', socket, reason: frame.reason });
        return;
      case 'notice':
        if (/too many connections/i.test(frame.text)) self.send({ type: 'LOST', socket, reason: frame.text });
    }
  }
}

/** The socket being built: the spare one if there is one. */
function newest(context: RelayContext): number {
  return context.spare || context.socket;
}
