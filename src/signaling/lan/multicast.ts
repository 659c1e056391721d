/** The multicast sockets of mDNS, one for each address of this machine: what goes out on one names that address. */
import { createSocket, type Socket } from 'node:dgram';
import type { Interface } from './interfaces.js';

const GROUP = '224.0.0.251';
const PORT = 5353;
/** Required by RFC 6762; a packet from farther away has less. */
const TTL = 255;

export interface MulticastFacts {
  packet(data: Buffer): void;
  /** A socket broke; `count` are left. */
  lost(reason: string, count: number): void;
}

export class Multicast {
  readonly #facts: MulticastFacts;
  /** By address. */
  readonly #sockets = new Map<string, Socket>();
  readonly #sending = new Set<Promise<void>>();
  #isOpen = true;

  constructor(facts: MulticastFacts) {
    this.#facts = facts;
  }

  get addresses(): string[] {
    return [...this.#sockets.keys()];
  }

  /** Opens what is missing and closes what is gone. Resolves with the reason why an address cannot be used, if any. */
  async follow(interfaces: readonly Interface[]): Promise<string | undefined> {
    const wanted = new Set(interfaces.map(({ address }) => address));
    for (const [address, socket] of this.#sockets) {
      if (wanted.has(address)) continue;
      this.#sockets.delete(address);
      socket.close();
    }
    const missing = [...wanted].filter((address) => !this.#sockets.has(address));
    const problems = await Promise.all(missing.map((address) => this.#openSocket(address)));
    return problems.find((problem) => problem !== undefined);
  }

  /** To everybody on every network; `packet` is told the address it goes out with. */
  send(packet: (address: string) => Buffer): void {
    for (const [address, socket] of this.#sockets) {
      const sent = new Promise<void>((resolve) => socket.send(packet(address), PORT, GROUP, () => resolve()));
      this.#sending.add(sent);
      void sent.then(() => this.#sending.delete(sent));
    }
  }

  /** What was sent goes out first. */
  async close(): Promise<void> {
    this.#isOpen = false;
    await Promise.all(this.#sending);
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }

  #openSocket(address: string): Promise<string | undefined> {
    return new Promise((resolve) => {
      const socket = createSocket({ type: 'udp4', reuseAddr: true });
      const abandon = (error: Error) => {
        socket.close();
        resolve(`${address}: ${error.message}`);
      };
      socket.once('error', abandon);
      socket.bind(PORT, '0.0.0.0', () => {
        try {
          socket.addMembership(GROUP, address);
          socket.setMulticastInterface(address);
          socket.setMulticastTTL(TTL);
          socket.setMulticastLoopback(true); // other daemons on this machine
        } catch (error) {
          abandon(error as Error);
          return;
        }
        socket.off('error', abandon);
        if (!this.#isOpen) {
          socket.close();
          resolve(undefined);
          return;
        }
        socket.on('error', (error) => {
          socket.close();
          this.#sockets.delete(address);
          this.#facts.lost(error.message, this.#sockets.size);
        });
        socket.on('message', (data) => this.#facts.packet(data));
        this.#sockets.set(address, socket);
        resolve(undefined);
      });
    });
  }
}
