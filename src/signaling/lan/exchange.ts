/**
 * The TCP side of the local network: takes lines from whoever dials us, and finds or makes a connection to a device that
 * we want to say something to. Nobody proves here who he is: what counts is the signature in a message.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { lanTunables as t } from '../../../machines/tunables.js';
import { EndpointHealth } from './endpoint-health.js';
import { LineConnection } from './line-connection.js';
import type { Endpoint } from './neighbours.js';

const MAX_INBOUND = 256;
const MAX_DIALLING = 32;
/** Lines that wait for a dial; the oldest gives way. */
const MAX_WAITING = 64;

export interface ExchangeOptions {
  /** Where we listen: all addresses of this machine, or loopback alone. */
  host: '0.0.0.0' | '127.0.0.1';
  endpoints(deviceId: string): Endpoint[];
  line(text: string, connection: LineConnection): void;
  /** The listener is gone. */
  failed(reason: string): void;
}

interface Connected {
  /** Whom it leads to: whom we dialled, or whoever spoke on it first. */
  deviceId: string | undefined;
  /** A message on it was signed by that device: a stranger's claim does not take its place. */
  isProven: boolean;
  isInbound: boolean;
}

interface Dial {
  sockets: Set<Socket>;
  ticks: number;
}

export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #server: Server;
  readonly #connections = new Map<LineConnection, Connected>();
  readonly #routes = new Map<string, LineConnection>();
  readonly #waiting = new Map<string, string[]>();
  readonly #dials = new Map<string, Dial>();
  readonly #health = new EndpointHealth();
  #isOpen = true;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Resolves with the port of our listener; rejects when there is none to be had. */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, this.#options.host, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) => this.#options.failed(error.message));
        resolve((this.#server.address() as { port: number }).port);
      });
    });
  }

  /** Over the connection that is there, or a new one. Lost when the device cannot be reached. */
  send(deviceId: string, line: string): void {
    if (!this.#isOpen) return;
    const route = this.#routes.get(deviceId);
    if (route?.isWritable) {
      route.write(line);
      return;
    }
    const waiting = this.#waiting.get(deviceId) ?? [];
    if (waiting.length >= MAX_WAITING) waiting.shift();
    waiting.push(line);
    this.#waiting.set(deviceId, waiting);
    this.#dial(deviceId, true);
  }

  /** A message of that device came on this connection; answers go there. `isProven`: it was signed. */
  claim(deviceId: string, connection: LineConnection, isProven: boolean): void {
    const connected = this.#connections.get(connection);
    if (!connected || (connected.deviceId ?? deviceId) !== deviceId) return;
    connected.deviceId = deviceId;
    connected.isProven ||= isProven;
    const known = this.#routes.get(deviceId);
    if (known?.isWritable && this.#connections.get(known)?.isProven && !connected.isProven) return;
    this.#routes.set(deviceId, connection);
    for (const line of this.#waiting.get(deviceId) ?? []) connection.write(line);
    this.#waiting.delete(deviceId);
  }

  /** One second has passed. */
  tick(): void {
    for (const connection of this.#connections.keys()) connection.tick();
    this.#health.tick();
    for (const dial of this.#dials.values()) {
      dial.ticks += 1;
      if (dial.ticks >= t.dialTicks) for (const socket of dial.sockets) socket.destroy();
    }
    for (const deviceId of this.#waiting.keys()) this.#dial(deviceId, true);
  }

  /** What the kernel has taken still goes out. Resolves when the port is free. */
  async close(): Promise<void> {
    this.#isOpen = false;
    this.#waiting.clear();
    for (const { sockets } of this.#dials.values()) for (const socket of sockets) socket.destroy();
    for (const connection of this.#connections.keys()) connection.close();
    if (this.#server.listening) await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    const inbound = [...this.#connections.values()].filter(({ isInbound }) => isInbound).length;
    if (this.#isOpen && inbound < MAX_INBOUND) this.#adopt(socket, undefined);
    else socket.destroy();
  }

  #adopt(socket: Socket, deviceId: string | undefined): LineConnection {
    const connection: LineConnection = new LineConnection(socket, {
      line: (text) => this.#options.line(text, connection),
      closed: () => {
        this.#connections.delete(connection);
        for (const [id, route] of this.#routes) if (route === connection) this.#routes.delete(id);
      },
    });
    this.#connections.set(connection, { deviceId, isProven: false, isInbound: deviceId === undefined });
    return connection;
  }

  /** `anyway`: when all addresses have failed lately, the one that has rested longest is tried all the same. */
  #dial(deviceId: string, anyway: boolean): void {
    if (this.#dials.has(deviceId) || this.#dials.size >= MAX_DIALLING) return;
    const endpoints = this.#health.choose(this.#options.endpoints(deviceId), t.parallelDials, anyway);
    if (endpoints.length === 0) {
      this.#waiting.delete(deviceId);
      return;
    }
    const dial: Dial = { sockets: new Set(), ticks: 0 };
    this.#dials.set(deviceId, dial);
    for (const endpoint of endpoints) {
      const socket = connect({ host: endpoint.address, port: endpoint.port });
      dial.sockets.add(socket);
      socket.on('error', () => {}); // 'close' follows
      socket.once('close', () => {
        if (!dial.sockets.delete(socket)) return;
        this.#health.failed(endpoint);
        if (dial.sockets.size > 0) return;
        this.#dials.delete(deviceId);
        if (this.#isOpen) this.#dial(deviceId, false);
      });
      socket.once('connect', () => {
        if (!dial.sockets.delete(socket)) return;
        const others = [...dial.sockets];
        dial.sockets.clear();
        for (const other of others) other.destroy();
        this.#dials.delete(deviceId);
        this.#health.worked(endpoint);
        this.claim(deviceId, this.#adopt(socket, deviceId), false);
      });
    }
  }
}
