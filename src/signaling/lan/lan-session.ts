/** Everything that is open on the local network, from one opening to the next: sockets, listener, what was heard. */
import { Exchange } from './exchange.js';
import { type Interface, onLinkCheck } from './interfaces.js';
import type { LineConnection } from './line-connection.js';
import { Multicast } from './multicast.js';
import { SERVICE } from './names.js';
import { Neighbours } from './neighbours.js';
import { decodePacket, encodeBrowse, encodeLookUp, encodeSelf, hostName, instanceName, OTHER_TTL } from './packets.js';

export interface LanSessionOptions {
  room: string;
  deviceId: string;
  loopbackOnly: boolean;
  /** False: too many packets came, this one is not read. */
  mayRead(): boolean;
  /** Somebody asks for what we advertise. */
  asked(): void;
  found(deviceId: string, mark: string | undefined): void;
  left(deviceId: string, mark: string | undefined): void;
  line(text: string, connection: LineConnection): void;
  failed(reason: string): void;
}

export class LanSession {
  readonly neighbours: Neighbours;
  readonly exchange: Exchange;
  readonly #options: LanSessionOptions;
  readonly #multicast: Multicast;
  /** Names in a question that we answer. */
  readonly #instance: string;
  readonly #host: string;
  #port = 0;
  #isOnLink: (address: string) => boolean = () => false;

  constructor(options: LanSessionOptions) {
    this.#options = options;
    const { room, deviceId, loopbackOnly, found, left, line, failed } = options;
    this.#instance = instanceName(room, deviceId);
    this.#host = hostName(room, deviceId);
    this.neighbours = new Neighbours({ room, deviceId, self: this.#instance, found, left });
    this.exchange = new Exchange({
      host: loopbackOnly ? '127.0.0.1' : '0.0.0.0',
      endpoints: (id) => this.neighbours.endpoints(id).filter(({ address }) => this.#isOnLink(address)),
      line,
      failed,
    });
    this.#multicast = new Multicast({
      packet: (data) => this.#packet(data),
      lost: (reason, count) => {
        if (count === 0) failed(reason);
      },
    });
  }

  /** Resolves with the problem, if there is one. */
  async open(interfaces: readonly Interface[]): Promise<string | undefined> {
    try {
      this.#port = await this.exchange.listen();
    } catch (error) {
      return `cannot listen: ${(error as Error).message}`;
    }
    return await this.#follow(interfaces);
  }

  /** The addresses of this machine are now these. */
  async follow(interfaces: readonly Interface[]): Promise<void> {
    const problem = await this.#follow(interfaces);
    if (problem !== undefined) this.#options.failed(problem);
  }

  /** We know ourselves, too: our own question comes back to us, and is not answered. */
  ask(): void {
    const packet = encodeBrowse([{ instance: this.#instance, ttl: OTHER_TTL }, ...this.neighbours.known()]);
    this.#multicast.send(() => packet);
  }

  /** `mark`: see `mark.ts`. */
  advertise(mark: string | undefined): void {
    this.#multicast.send((address) => encodeSelf({ ...this.#self(), mark }, address));
  }

  sayGoodbye(mark: string | undefined): void {
    this.#multicast.send((address) => encodeSelf({ ...this.#self(), mark }, address, true));
  }

  /** One second has passed. */
  tick(): void {
    this.exchange.tick();
    for (const { instance, host } of this.neighbours.tick()) {
      const packet = encodeLookUp(instance, host);
      this.#multicast.send(() => packet);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.exchange.close(), this.#multicast.close()]);
  }

  #self() {
    const { room, deviceId } = this.#options;
    return { room, deviceId, port: this.#port };
  }

  async #follow(interfaces: readonly Interface[]): Promise<string | undefined> {
    this.#isOnLink = onLinkCheck(interfaces);
    const problem = await this.#multicast.follow(interfaces);
    return this.#multicast.addresses.length > 0 ? undefined : (problem ?? 'this machine has no network address');
  }

  #packet(data: Buffer): void {
    if (!this.#options.mayRead()) return;
    const heard = decodePacket(data);
    if (heard?.kind === 'records') this.neighbours.heard(heard.records);
    if (heard?.kind !== 'question') return;
    const { names, known } = heard;
    const isBrowse = names.includes(SERVICE) && !known.includes(this.#instance);
    if (isBrowse || names.includes(this.#instance) || names.includes(this.#host)) this.#options.asked();
  }
}
