/** Signaling over Nostr relays: signs once, publishes everywhere, believes nobody. */
import type { Logger } from 'pino';
import { type AnyActorRef, createActor } from 'xstate';
import { relayMachine } from '../../machines/relay.js';
import type { Identity } from '../identity/identity.js';
import type { Runtime } from '../runtime.js';
import { type Envelope, PTAG } from './envelope.js';
import { InboundQueue } from './inbound-queue.js';
import { jitteredBackoffMs } from './jitter.js';
import { Narrowing } from './narrowing.js';
import {
  createEventSigner,
  EPHEMERAL_KIND,
  type EventSigner,
  hasTag,
  isGenuine,
  type NostrEvent,
  PRESENCE_KIND,
} from './nostr-event.js';
import { OutboundBuffer } from './outbound-buffer.js';
import { RelayConnection } from './relay-connection.js';
import { SeenRing } from './seen-ring.js';
import { SignalReader } from './signal-reader.js';
import { SignalWriter } from './signal-writer.js';
import type { OutgoingSignal, RelayStatus, Signaling, SignalingFacts } from './signaling.js';
import { subscriptionFrames } from './subscription.js';

const SEEN_EVENTS = 2_048;
/** Relays of this protocol drop a larger frame without a word. */
const MAX_FRAME_BYTES = 65_536;

export interface NostrSignalingOptions {
  identity: Identity;
  /** Boot id of this process. */
  boot: number;
  /** Room handle, 64 hex digits. */
  room: string;
  /** `ws://` or `wss://` addresses, all of which are kept connected. */
  relays: readonly string[];
  runtime: Runtime;
  /**
   * A started actor whose clock and system the relay actors share. Each of them sends it `xstate.done.actor.<id>` when
   * it has closed, and would send `xstate.error.actor.<id>`: it must have a (possibly empty) transition for both. Call
   * `close` before it stops, since adopted actors are in nobody's `children`.
   */
  parent: AnyActorRef;
  facts: SignalingFacts;
  log?: Logger;
}

/** Dials at once. The first facts (`dialing`) are reported before this returns. Never throws. */
export function createNostrSignaling(options: NostrSignalingOptions): Signaling {
  return new NostrSignaling(options);
}

interface Inbound {
  event: NostrEvent;
  message: Envelope;
}

class NostrSignaling implements Signaling {
  readonly #options: NostrSignalingOptions;
  readonly #signer: EventSigner;
  readonly #writer: SignalWriter;
  readonly #reader: SignalReader;
  readonly #narrowing: Narrowing;
  readonly #seen = new SeenRing(SEEN_EVENTS);
  readonly #unheard: OutboundBuffer<{ frame: string; kind: OutgoingSignal['kind']; id: string }>;
  readonly #relays = new Map<string, { connection: RelayConnection; actor: AnyActorRef }>();
  readonly #machine: typeof relayMachine;
  #open = true;

  constructor(options: NostrSignalingOptions) {
    this.#options = options;
    const { identity, boot, room, runtime } = options;
    const randomBytes = (length: number) => runtime.randomBytes(length);
    const nowMs = () => runtime.monoMs();
    this.#signer = createEventSigner(randomBytes);
    this.#writer = new SignalWriter({ identity, boot, room, randomBytes });
    this.#reader = new SignalReader({ room, deviceId: identity.deviceId });
    this.#narrowing = new Narrowing(nowMs);
    this.#unheard = new OutboundBuffer(nowMs);
    this.#machine = this.#provideMachine();
    for (const url of new Set(options.relays)) this.#connect(url);
  }

  publish(message: OutgoingSignal): void {
    const only = message.kind === 'announce' ? message.relay : undefined;
    const heard = this.#connections().filter((relay) => relay.admitted && (only === undefined || relay.url === only));
    if (message.kind === 'announce' && heard.length === 0) return;
    const event = this.#sign(message);
    const frame = JSON.stringify(['EVENT', event]);
    if (Buffer.byteLength(frame) > MAX_FRAME_BYTES) {
      this.#options.log?.warn({ kind: message.kind }, 'signaling message larger than relays accept: not sent');
      return;
    }
    for (const relay of heard) relay.publish(frame, message.kind, event.id);
    if (message.kind !== 'announce' && !heard.some((relay) => relay.trusted)) {
      this.#unheard.add({ frame, kind: message.kind, id: event.id });
    }
  }

  checkRelays(): void {
    if (this.#open) for (const { actor } of this.#relays.values()) actor.send({ type: 'CHECK' });
  }

  relays(): RelayStatus[] {
    return this.#connections().map((relay) => relay.status);
  }

  async close(): Promise<void> {
    if (this.#open) for (const { actor } of this.#relays.values()) actor.send({ type: 'CLOSE' });
    this.#open = false;
    await Promise.all(this.#connections().map((relay) => relay.closed()));
  }

  #connections(): RelayConnection[] {
    return [...this.#relays.values()].map(({ connection }) => connection);
  }

  /** One machine for all relays; its effects find theirs by URL. */
  #provideMachine(): typeof relayMachine {
    const { room, identity } = this.#options;
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
      delays: { BACKOFF: ({ context }) => jitteredBackoffMs(context.attempt, identity.deviceId, room, context.url) },
    });
  }

  #connect(url: string): void {
    const { facts, room, parent, log } = this.#options;
    // One queue per relay: a relay that floods us delays nobody but itself.
    const queue = new InboundQueue<Inbound>(this.#options.runtime, (inbound) => this.#receive(inbound));
    const connection: RelayConnection = new RelayConnection(url, this.#options.runtime, {
      subscriptionFrames: (split) => this.#subscriptionFrames(split),
      event: (event) => this.#screen(event, queue),
      admitted: () => {
        for (const { frame, kind, id } of this.#unheard.drain()) connection.publish(frame, kind, id);
        this.#tell(() => facts.relayAdmitted(url));
      },
      trusted: () => this.#unheard.drain(),
      changed: (status, reason) => this.#tell(() => facts.relayChanged(status, reason)),
    });
    const id = `relay:${room.slice(0, 8)}:${url}`;
    const actor = createActor(this.#machine, { parent, id, systemId: id, input: { url } });
    actor.subscribe({ error: (error) => log?.error({ url, err: error }, 'relay machine failed') });
    this.#relays.set(url, { connection, actor });
    actor.start();
  }

  #subscriptionFrames(split: boolean): string[] {
    const { room, identity } = this.#options;
    const { wide } = this.#narrowing;
    return subscriptionFrames({ room, deviceId: identity.deviceId, nowSeconds: this.#nowSeconds(), wide, split });
  }

  #sign(message: OutgoingSignal): NostrEvent {
    const { room } = this.#options;
    const content = this.#writer.write(message);
    const created_at = this.#nowSeconds();
    if (message.kind === 'announce') {
      return this.#signer.sign({ kind: PRESENCE_KIND, tags: [['r', room]], content, created_at });
    }
    const tags = [
      ['r', room],
      ['p', message.kind === 'leave' ? room : message.to],
    ];
    return this.#signer.sign({ kind: EPHEMERAL_KIND, tags, content, created_at });
  }

  #nowSeconds(): number {
    return Math.max(0, Math.floor(this.#options.runtime.clocks().wallMs / 1000));
  }

  /** Everything that is cheap, before anything that is not. */
  #screen(event: NostrEvent, queue: InboundQueue<Inbound>): void {
    if (event.kind !== PRESENCE_KIND && event.kind !== EPHEMERAL_KIND) return;
    if (event.pubkey === this.#signer.pubkey || this.#seen.has(event.id)) return;
    if (!hasTag(event, 'r', this.#options.room)) return;
    const message = this.#reader.decode(event.content);
    if (!message || (message.kind === 'announce') !== (event.kind === PRESENCE_KIND)) return;
    queue.push({ event, message }, event.kind === EPHEMERAL_KIND);
  }

  /** An id counts as seen only once its event has proved genuine, or a relay could suppress events that it foresees. */
  #receive({ event, message }: Inbound): void {
    if (!this.#open || this.#seen.has(event.id)) return;
    if (!this.#reader.isUntampered(message) || !isGenuine(event)) return;
    this.#seen.add(event.id);
    if (this.#updateNarrowing(message)) for (const relay of this.#connections()) relay.resubscribe();
    const signal = this.#reader.accept(message);
    if (signal) this.#tell(() => this.#options.facts.signal(signal));
  }

  #updateNarrowing(message: Envelope): boolean {
    if (message.kind === 'announce') return this.#narrowing.announced(message.from, message.caps.includes(PTAG));
    return message.kind === 'leave' && this.#narrowing.left(message.from);
  }

  /** Facts go to code that is not ours; its faults must not kill a relay actor. */
  #tell(fact: () => void): void {
    try {
      fact();
    } catch (error) {
      this.#options.log?.error({ err: error }, 'signaling handler failed');
    }
  }
}
