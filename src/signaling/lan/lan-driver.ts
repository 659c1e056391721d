/** Signaling on the local network: presence by mDNS, everything else over TCP from device to device. */
import { type AnyActorRef, createActor } from 'xstate';
import { type LanEvent, type LanPhase, lanMachine } from '../../../machines/lan.js';
import { lanTunables } from '../../../machines/tunables.js';
import type { DriverOptions, SignalDriver } from '../driver.js';
import type { Envelope } from '../envelope.js';
import { InboundQueue } from '../inbound-queue.js';
import type { OutgoingSignal, RelayStatus } from '../signaling.js';
import { TokenBucket } from '../token-bucket.js';
import { usableInterfaces } from './interfaces.js';
import { LanSession } from './lan-session.js';
import { decodeLine, encodeLine } from './line.js';
import type { LineConnection } from './line-connection.js';
import { advertisedMessage, markOf } from './mark.js';
import { VERSION } from './names.js';

/** What the local network is called where relays are listed. */
export const LAN_URL = 'mdns:';

/** RFC 6762: the first answers come after 20 ms. */
const MIN_ANSWER_DELAY_MS = 20;
/** A house full of devices sends a few packets a second. */
const PACKETS_PER_SECOND = 200;

export interface LanDriverOptions extends DriverOptions {
  /** Be seen by this machine alone. */
  loopbackOnly: boolean;
}

interface Inbound {
  message: Envelope;
  /** Undefined: it was multicast. */
  connection: LineConnection | undefined;
}

export class LanDriver implements SignalDriver {
  readonly #options: LanDriverOptions;
  readonly #actor: AnyActorRef;
  readonly #packets: TokenBucket;
  readonly #queue: InboundQueue<Inbound>;
  readonly #closing = new Set<Promise<void>>();
  #session: LanSession | undefined;
  /** The signature of our last announce or leave. */
  #mark: string | undefined;
  #phase: LanPhase = 'dialing';
  #open = true;

  constructor(options: LanDriverOptions) {
    this.#options = options;
    const { parent, room, runtime, log } = options;
    this.#packets = new TokenBucket(PACKETS_PER_SECOND, () => runtime.monoMs());
    this.#queue = new InboundQueue(runtime, (inbound) => this.#receive(inbound));
    const id = `lan:${room.slice(0, 8)}`;
    this.#actor = createActor(this.#machine(), { parent, id, systemId: id });
    this.#actor.subscribe({ error: (error) => log?.error({ err: error }, 'lan machine failed') });
    this.#actor.start();
  }

  publish(message: OutgoingSignal, content: string): void {
    switch (message.kind) {
      case 'announce':
        if (message.relay !== undefined && message.relay !== LAN_URL) return;
        this.#mark = markOf(content);
        this.#tell({ type: 'ANNOUNCE' });
        return;
      case 'leave':
        if (message.to !== undefined) return this.#send(message.to, content);
        this.#mark = markOf(content);
        this.#tell({ type: 'LEAVE' });
        return;
      default:
        this.#send(message.to, content);
    }
  }

  #send(to: string, content: string): void {
    this.#session?.exchange.send(to, encodeLine(this.#options.room, content));
  }

  checkRelays(): void {
    this.#tell({ type: 'CHECK' });
  }

  relays(): RelayStatus[] {
    return [{ url: LAN_URL, state: this.#phase }];
  }

  async close(): Promise<void> {
    this.#tell({ type: 'CLOSE' });
    this.#open = false;
    await Promise.all(this.#closing);
  }

  #tell(event: LanEvent): void {
    if (this.#open) this.#actor.send(event);
  }

  #machine(): typeof lanMachine {
    const { runtime, facts } = this.#options;
    return lanMachine.provide({
      actions: {
        open: () => this.#openSession(),
        shut: () => this.#shut(),
        followInterfaces: () => this.#followInterfaces(),
        ask: () => this.#session?.ask(),
        advertise: () => this.#session?.advertise(this.#mark),
        answer: () => this.#session?.advertise(this.#mark),
        sayGoodbye: () => this.#session?.sayGoodbye(this.#mark),
        tick: () => this.#session?.tick(),
        // Later: whoever hears of a neighbour may start actors.
        resurface: () => runtime.afterIoTurn(() => this.#session?.neighbours.resurface()),
        report: ({ context }, { phase }) => {
          this.#phase = phase;
          facts.relayChanged({ url: LAN_URL, state: phase }, context.reason);
          if (phase === 'admitted') facts.relayAdmitted(LAN_URL);
        },
      },
      delays: {
        ANSWER_DELAY: () => MIN_ANSWER_DELAY_MS + runtime.random() * (lanTunables.answerDelayMs - MIN_ANSWER_DELAY_MS),
      },
    });
  }

  #openSession(): void {
    const { room, deviceId, loopbackOnly } = this.#options;
    const advertised = (kind: 'announce' | 'leave') => (from: string, mark: string | undefined) => {
      const message = advertisedMessage(kind, from, mark);
      if (message) this.#queue.push({ message, connection: undefined }, kind === 'leave');
    };
    const session = new LanSession({
      room,
      deviceId,
      loopbackOnly,
      mayRead: () => this.#packets.take(),
      asked: () => this.#tell({ type: 'ASKED' }),
      found: advertised('announce'),
      left: advertised('leave'),
      line: (text, connection) => this.#line(text, connection),
      failed: (reason) => {
        if (this.#session === session) this.#tell({ type: 'FAILED', reason });
      },
    });
    this.#session = session;
    void session.open(usableInterfaces(loopbackOnly)).then((problem) => {
      if (this.#session !== session) return;
      this.#tell(problem === undefined ? { type: 'OPENED' } : { type: 'FAILED', reason: problem });
    });
  }

  #shut(): void {
    const closed = this.#session?.close().finally(() => this.#closing.delete(closed!));
    if (closed) this.#closing.add(closed);
    this.#session = undefined;
    this.#queue.clear();
  }

  #followInterfaces(): void {
    void this.#session?.follow(usableInterfaces(this.#options.loopbackOnly));
  }

  #line(text: string, connection: LineConnection): void {
    const { room, deviceId, reader } = this.#options;
    const line = decodeLine(text);
    if (!line) {
      connection.destroy(); // as upstream does: it speaks another protocol
      return;
    }
    if (line.v !== VERSION || line.room !== room || line.to !== deviceId || !reader.isForUs(line.message)) return;
    this.#session?.exchange.claim(line.message.from, connection, false);
    this.#queue.push({ message: line.message, connection }, true);
  }

  #receive({ message, connection }: Inbound): void {
    const { reader, facts } = this.#options;
    if (!this.#open || !reader.isUntampered(message)) return;
    const signal = reader.accept(message);
    if (!signal) return;
    if (signal.proof && connection) this.#session?.exchange.claim(signal.from, connection, true);
    facts.signal(signal);
  }
}
