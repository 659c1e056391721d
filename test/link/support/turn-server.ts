/** A TURN server on loopback (UDP, RFC 8656 as far as a link goes): it relays for one user, and tells what it was asked. */
import { createHash } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { classes, Message, methods, parseMessage } from 'werift';

type Address = [host: string, port: number];

interface Allocation {
  socket: Socket;
  client: RemoteInfo;
  peers: Set<string>;
  /** By `address:port`. */
  channels: Map<string, number>;
}

const REALM = 'test';
const NONCE = Buffer.from('nonce');
const LIFETIME_S = 600;
export const LOGIN = { username: 'someone', credential: 'a secret' };
const KEY = createHash('md5').update(`${LOGIN.username}:${REALM}:${LOGIN.credential}`).digest();

const keyOf = ([host, port]: Address) => `${host}:${port}`;
const isChannelData = (data: Buffer) => data.length >= 4 && (data[0]! & 0xc0) === 0x40;

export class TurnServer {
  readonly #socket = createSocket('udp4');
  readonly #allocations = new Map<string, Allocation>();
  /** How many addresses were given, and given back. */
  given = 0;
  returned = 0;

  static async start(): Promise<TurnServer> {
    const server = new TurnServer();
    server.#socket.on('message', (data, from) => server.#receive(data, from));
    await listening(server.#socket);
    return server;
  }

  get url(): string {
    return `turn:127.0.0.1:${this.#socket.address().port}?transport=udp`;
  }

  /** The address that each client has now, by the port of the client. */
  relayed(): Map<number, number> {
    const all = [...this.#allocations.values()];
    return new Map(all.map(({ client, socket }) => [client.port, socket.address().port]));
  }

  close(): void {
    this.#socket.close();
    for (const { socket } of this.#allocations.values()) socket.close();
  }

  #receive(data: Buffer, client: RemoteInfo): void {
    const allocation = this.#allocations.get(keyOf([client.address, client.port]));
    if (isChannelData(data)) return this.#forwardChannel(allocation, data);
    const message = parseMessage(data);
    if (!message) return;
    if (message.messageMethod === methods.SEND) return this.#forwardIndication(allocation, message);
    if (!message.attributesKeys.includes('USERNAME')) return this.#refuse(message, client);
    if (!parseMessage(data, KEY)) return this.#refuse(message, client);
    void this.#serve(message, client, allocation);
  }

  async #serve(message: Message, client: RemoteInfo, allocation: Allocation | undefined): Promise<void> {
    const answer = new Message(message.messageMethod, classes.RESPONSE, message.transactionId);
    switch (message.messageMethod) {
      case methods.ALLOCATE: {
        const socket = createSocket('udp4');
        await listening(socket);
        const made: Allocation = { socket, client, peers: new Set(), channels: new Map() };
        socket.on('message', (data, from) => this.#fromPeer(made, data, from));
        this.#allocations.set(keyOf([client.address, client.port]), made);
        this.given += 1;
        answer
          .setAttribute('XOR-RELAYED-ADDRESS', ['127.0.0.1', socket.address().port])
          .setAttribute('XOR-MAPPED-ADDRESS', [client.address, client.port])
          .setAttribute('LIFETIME', LIFETIME_S);
        break;
      }
      case methods.REFRESH:
        if (message.getAttributeValue('LIFETIME') === 0 && allocation) {
          this.#allocations.delete(keyOf([client.address, client.port]));
          allocation.socket.close();
          this.returned += 1;
        }
        break;
      default: {
        const peer: Address = message.getAttributeValue('XOR-PEER-ADDRESS');
        allocation?.peers.add(peer[0]);
        if (message.messageMethod === methods.CHANNEL_BIND) {
          allocation?.channels.set(keyOf(peer), message.getAttributeValue('CHANNEL-NUMBER'));
        }
      }
    }
    this.#send(answer.addMessageIntegrity(KEY).addFingerprint().bytes, client);
  }

  #refuse(message: Message, client: RemoteInfo): void {
    const answer = new Message(message.messageMethod, classes.ERROR, message.transactionId)
      .setAttribute('ERROR-CODE', [401, 'Unauthorized'])
      .setAttribute('REALM', REALM)
      .setAttribute('NONCE', NONCE);
    this.#send(answer.bytes, client);
  }

  #forwardChannel(allocation: Allocation | undefined, data: Buffer): void {
    const number = data.readUInt16BE(0);
    const [peer] = [...(allocation?.channels ?? [])].find(([, bound]) => bound === number) ?? [];
    const [host, port] = peer?.split(':') ?? [];
    if (host) allocation?.socket.send(data.subarray(4, 4 + data.readUInt16BE(2)), Number(port), host);
  }

  #forwardIndication(allocation: Allocation | undefined, message: Message): void {
    const [host, port]: Address = message.getAttributeValue('XOR-PEER-ADDRESS');
    if (allocation?.peers.has(host)) allocation.socket.send(message.getAttributeValue('DATA'), port, host);
  }

  #fromPeer({ client, peers, channels }: Allocation, data: Buffer, from: RemoteInfo): void {
    if (!peers.has(from.address)) return;
    const peer: Address = [from.address, from.port];
    const channel = channels.get(keyOf(peer));
    if (channel === undefined) {
      const indication = new Message(methods.DATA, classes.INDICATION)
        .setAttribute('XOR-PEER-ADDRESS', peer)
        .setAttribute('DATA', data);
      return this.#send(indication.bytes, client);
    }
    const header = Buffer.alloc(4);
    header.writeUInt16BE(channel, 0);
    header.writeUInt16BE(data.length, 2);
    this.#send(Buffer.concat([header, data]), client);
  }

  #send(data: Buffer, { address, port }: RemoteInfo): void {
    this.#socket.send(data, port, address);
  }
}

async function listening(socket: Socket): Promise<void> {
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
}
