import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { decodePacket, encodeBrowse, encodeSelf, type Heard } from '../../../src/signaling/lan/packets.js';

const GROUP = '224.0.0.251';
const PORT = 5353;

/** A bare device on the loopback network: says what the test wants, signs nothing, answers nothing by itself. */
export class RawNeighbour {
  readonly heard: Heard[] = [];
  /** Lines that came over connections of either direction, parsed. */
  readonly lines: Record<string, unknown>[] = [];
  readonly sockets: Socket[] = [];
  /** Sockets whose other end has closed its half. */
  readonly ended: Socket[] = [];
  readonly #udp: UdpSocket = createSocket({ type: 'udp4', reuseAddr: true });
  readonly #server: Server = createServer((socket) => this.#adopt(socket));

  static async open(): Promise<RawNeighbour> {
    const neighbour = new RawNeighbour();
    const udp = neighbour.#udp;
    await new Promise<void>((resolve) => udp.bind(PORT, '0.0.0.0', resolve));
    udp.addMembership(GROUP, '127.0.0.1');
    udp.setMulticastInterface('127.0.0.1');
    udp.on('message', (data) => {
      const heard = decodePacket(data);
      if (heard) neighbour.heard.push(heard);
    });
    await new Promise<void>((resolve) => neighbour.#server.listen(0, '127.0.0.1', resolve));
    return neighbour;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  send(packet: Buffer): void {
    this.#udp.send(packet, PORT, GROUP);
  }

  advertise(
    room: string,
    deviceId: string,
    { goodbye = false, address = '127.0.0.1', mark = undefined as string | undefined } = {},
  ): void {
    this.send(encodeSelf({ room, deviceId, port: this.port, mark }, address, goodbye));
  }

  browse(): void {
    this.send(encodeBrowse([]));
  }

  /** The port that this device advertises, once it was heard. */
  portOf(deviceId: string): number | undefined {
    for (const heard of this.heard) {
      if (heard.kind !== 'records') continue;
      const text = heard.records.find((record) => record.type === 'TXT');
      const service = heard.records.find((record) => record.type === 'SRV');
      if (text?.text.get('peer') === deviceId && service && service.ttl > 0) return service.port;
    }
    return undefined;
  }

  /** The signature in what this device advertises, once it was heard. */
  markOf(deviceId: string): string | undefined {
    for (const heard of this.heard) {
      const text = heard.kind === 'records' ? heard.records.find((record) => record.type === 'TXT')?.text : undefined;
      if (text?.get('peer') === deviceId && text.has('wm')) return text.get('wm');
    }
    return undefined;
  }

  async dial(port: number): Promise<Socket> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    this.#adopt(socket);
    return socket;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.#udp.close();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #adopt(socket: Socket): void {
    this.sockets.push(socket);
    let text = '';
    socket.on('error', () => {});
    socket.on('end', () => this.ended.push(socket));
    socket.on('data', (chunk) => {
      const lines = (text + chunk).split('\n');
      text = lines.pop()!;
      for (const line of lines) this.lines.push(JSON.parse(line));
    });
  }
}

/** As upstream's devices write it. */
export function unsignedLine(room: string, from: string, to: string, msg: Record<string, unknown>): string {
  return `${JSON.stringify({ v: 1, room, from, to, msg: { peer_id: from, ...msg } })}\n`;
}
