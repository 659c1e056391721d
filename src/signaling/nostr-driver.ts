/** Signaling over Nostr relays: one event for all relays, one copy heard of each, believes nobody. */
import { type AnyActorRef, createActor } from 'xstate';
import { fallbackMachine } from '../../machines/fallback.js';
import { relayMachine } from '../../machines/relay.js';
import type { DriverOptions, SignalDriver } from './driver.js';
import { type Envelope, PTAG } from './envelope.js';
import { InboundQueue } from './inbound-queue.js';
import { jitteredBackoffMs } from './jitter.js';
import { Narrowing } from './narrowing.js';
import { EPHEMERAL_KIND, type EventSigner, hasTag, type NostrEvent, PRESENCE_KIND } from './nostr-event.js';
import { OutboundBuffer } from './outbound-buffer.js';
import { OutgoingEvent } from './outgoing-event.js';
import { RelayConnection } from './relay-connection.js';
import { SeenRing } from './seen-ring.js';
import type { OutgoingSignal, RelayStatus } from './signaling.js';
import { subscriptionFrames } from './subscription.js';

const SEEN_EVENTS = 2_048;
/** Relays of this protocol drop a frame above 65,536 bytes without a word; the event around the content takes 600. */
const MAX_CONTENT_BYTES = 64_000;

export interface NostrDriverOptions extends DriverOptions {
  relays: readonly string[];
  fallbackRelays: readonly string[];
}

interface Inbound {
  event: NostrEvent;
  message: Envelope;
}

interface Relay {
  connection: RelayConnection;
  actor: AnyActorRef;
  isFallback: boolean;
}

export class NostrDriver implements SignalDriver {
  readonly #options: NostrDriverOptions;
  readonly #signer: EventSigner;
  readonly #narrowing: Narrowing;
  readonly #seen = new SeenRing(SEEN_EVENTS);
  readonly #unheard: OutboundBuffer<OutgoingEvent>;
  readonly #relays = new Map<string, Relay>();
  /** Fallback relays that were left and whose sockets are not closed yet. */
  readonly #leaving = new Set<Promise<void>>();
  readonly #machine: typeof relayMachine;
  readonly #fallback: AnyActorRef | undefined;
  #open = true;

  constructor(options: NostrDriverOptions) {
    this.#options = options;
    const nowMs = () => options.runtime.monoMs();
    this.#signer = options.ports.seal.newSigner((length) => options.runtime.randomBytes(length));
    this.#narrowing = new Narrowing(nowMs);
    this.#unheard = new OutboundBuffer(nowMs);
    this.#machine = this.#provideMachine();
    this.#fallback = options.fallbackRelays.length > 0 ? this.#startFallback() : undefined;
    for (const url of new Set(options.relays)) this.#connect(url, false);
  }

  publish(message: OutgoingSignal, content: string): void {
    const only = message.kind === 'announce' ? message.relay : undefined;
    const heard = this.#connections().filter((relay) => relay.admitted && (only === undefined || relay.url === only));
    if (message.kind === 'announce' && heard.length === 0) return;
    if (Buffer.byteLength(JSON.stringify(content)) > MAX_CONTENT_BYTES) {
      this.#options.log?.warn({ kind: message.kind }, 'signaling message larger than relays accept: not sent');
      return;
    }
    const event = new OutgoingEvent({
      signer: this.#signer,
      room: this.#options.room,
      message,
      content,
      nowSeconds: this.#nowSeconds(),
    });
    for (const relay of heard) relay.publish(event);
    if (message.kind !== 'announce' && !heard.some((relay) => relay.trusted)) this.#unheard.add(event);
  }

  checkRelays(): void {
    if (this.#open) for (const { actor } of this.#relays.values()) actor.send({ type: 'CHECK' });
  }

  relays(): RelayStatus[] {
    return this.#connections().map((relay) => relay.status);
  }

  async close(): Promise<void> {
    if (this.#open) {
      this.#open = false;
      this.#fallback?.send({ type: 'CLOSE' });
      for (const { connection, actor } of this.#relays.values()) {
        connection.stop();
        actor.send({ type: 'CLOSE' });
      }
    }
    await Promise.all([...this.#connections().map((relay) => relay.closed()), ...this.#leaving]);
  }

  #connections(): RelayConnection[] {
    return [...this.#relays.values()].map(({ connection }) => connection);
  }

  /** One machine for all relays; its effects find theirs by URL. */
  #provideMachine(): typeof relayMachine {
    const { room, deviceId } = this.#options;
    const relay = ({ context }: { context: { url: string } }) => this.#relays.get(context.url)!.connection;
    return relayMachine.provide({
      actions: {
        dial: (args) => relay(args).dial(args),
        subscribe: (args) => relay(args).subscribe(args),
        ping: (args) => relay(args).ping(args),
        closeStraySockets: (args) => relay(args).closeStraySockets(args),
        admit: (args) => relay(args).admit(args),
        report: (args, { phase }) => relay(args).report(args, phase),
      },
      delays: { BACKOFF: ({ context }) => jitteredBackoffMs(context.attempt, deviceId, room, context.url) },
    });
  }

  #connect(url: string, isFallback: boolean): void {
    const { facts, room, parent, log, runtime, ports } = this.#options;
    // One queue per relay: a relay that floods us delays nobody but itself.
    const queue = new InboundQueue<Inbound>(runtime, (inbound) => this.#receive(inbound));
    const id = `relay:${room.slice(0, 8)}:${url}`;
    const connection: RelayConnection = new RelayConnection(url, parent, id, {
      dial: ports.dial,
      subscriptionFrames: (split) => this.#subscriptionFrames(split),
      isWide: () => this.#narrowing.wide,
      event: (event) => this.#screen(event, queue),
      admitted: () => {
        for (const event of this.#unheard.drain()) connection.publish(event);
        facts.relayAdmitted(url);
      },
      trusted: () => {
        this.#unheard.drain();
        facts.relayAnswered();
      },
      refused: (reason) => log?.warn({ relay: url, reason }, 'relay refuses what we send: nobody hears us there'),
      changed: (status, reason) => {
        this.#tellFallback();
        facts.relayChanged(status, reason);
      },
    });
    const actor = createActor(this.#machine, { parent, id, systemId: id, input: { url } });
    actor.subscribe({ error: (error) => log?.error({ url, err: error }, 'relay machine failed') });
    this.#relays.set(url, { connection, actor, isFallback });
    actor.start();
  }

  #startFallback(): AnyActorRef {
    const { parent, room, log } = this.#options;
    // Relay actors are started and closed after the action, not inside it.
    const follow = () => queueMicrotask(() => this.#followFallback());
    const machine = fallbackMachine.provide({ actions: { connectFallback: follow, closeFallback: follow } });
    const id = `fallback:${room.slice(0, 8)}`;
    const actor = createActor(machine, { parent, id, systemId: id });
    actor.subscribe({ error: (error) => log?.error({ err: error }, 'fallback machine failed') });
    actor.start();
    return actor;
  }

  #tellFallback(): void {
    if (!this.#open) return;
    const served = [...this.#relays.values()].some(({ connection, isFallback }) => !isFallback && connection.admitted);
    this.#fallback?.send({ type: served ? 'SERVED' : 'UNSERVED' });
  }

  #followFallback(): void {
    if (!this.#open) return;
    if (this.#fallback?.getSnapshot().matches('fallingBack')) this.#joinFallback();
    else this.#leaveFallback();
  }

  #joinFallback(): void {
    const { fallbackRelays, relays, log } = this.#options;
    log?.info({ relays: fallbackRelays }, 'no configured relay admits us: asking the public ones too');
    for (const url of new Set(fallbackRelays)) if (!relays.includes(url)) this.#connect(url, true);
  }

  #leaveFallback(): void {
    for (const [url, { connection, actor, isFallback }] of this.#relays) {
      if (!isFallback) continue;
      connection.stop();
      actor.send({ type: 'CLOSE' });
      this.#relays.delete(url);
      const closed = connection.closed().finally(() => this.#leaving.delete(closed));
      this.#leaving.add(closed);
    }
  }

  #subscriptionFrames(split: boolean): string[] {
    const { room, deviceId } = this.#options;
    const { wide } = this.#narrowing;
    return subscriptionFrames({ room, deviceId, nowSeconds: this.#nowSeconds(), wide, split });
  }

  #nowSeconds(): number {
    return Math.max(0, Math.floor(this.#options.runtime.clocks().wallMs / 1000));
  }

  /** Everything that is cheap, before anything that is not. */
  #screen(event: NostrEvent, queue: InboundQueue<Inbound>): void {
    if (event.kind !== PRESENCE_KIND && event.kind !== EPHEMERAL_KIND) return;
    if (event.pubkey === this.#signer.pubkey || this.#seen.has(event.id)) return;
    if (!hasTag(event, 'r', this.#options.room)) return;
    const message = this.#options.reader.decode(event.content);
    if (!message || (message.kind === 'announce') !== (event.kind === PRESENCE_KIND)) return;
    queue.push({ event, message }, event.kind === EPHEMERAL_KIND);
  }

  /** An id counts as seen only once its event has proved genuine, or a relay could suppress events that it foresees. */
  #receive({ event, message }: Inbound): void {
    const { reader, facts, ports } = this.#options;
    if (!this.#open || this.#seen.has(event.id)) return;
    if (!reader.isUntampered(message) || !ports.seal.isGenuine(event)) return;
    this.#seen.add(event.id);
    if (this.#updateNarrowing(message)) for (const relay of this.#connections()) relay.resubscribe();
    const signal = reader.accept(message);
    if (signal) facts.signal(signal);
  }

  #updateNarrowing(message: Envelope): boolean {
    if (message.kind === 'announce') return this.#narrowing.announced(message.from, message.caps.includes(PTAG));
    return message.kind === 'leave' && this.#narrowing.left(message.from);
  }
}
