/**
 * A Nostr relay (NIP-01) to run beside a node or alone: keeps presence, forwards the rest, checks signatures. Unlike
 * upstream's it never tells the room that somebody left: only the device itself can know that.
 */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Runtime } from '../runtime.js';
import { isGenuine } from '../signaling/nostr-event.js';
import { ClientSession } from './client-session.js';
import { DEFAULT_LIMITS, exceeds, type RelayLimits } from './limits.js';
import { EventStore } from './store.js';

/** Frames above the protocol's limit are dropped after reading; above this one the socket is closed. */
const MAX_READ_BYTES = 1024 * 1024;
/** The kernel asks a silent client after this time, and forgets one that is gone: half-open sockets fill the per-address cap. */
const KEEPALIVE_MS = 30_000;
const CLOSE_TIMEOUT_MS = 1_000;

export interface RelayOptions {
  /** Address to listen on. `127.0.0.1` keeps the relay on this machine. */
  host: string;
  /** 0 lets the system choose. */
  port: number;
  limits?: Partial<RelayLimits>;
  runtime: Runtime;
  log?: Logger;
}

export interface RelayStats {
  connections: number;
  connectionsTotal: number;
  /** Genuine events taken in, stored or not. */
  eventsRelayed: number;
  eventsStored: number;
}

export interface Relay {
  readonly url: string;
  readonly port: number;
  stats(): RelayStats;
  /** Closes every client; resolves when the port is free again. */
  close(): Promise<void>;
}

/** `port-in-use`: another program has the port. `cannot-listen`: address or port cannot be used at all. */
export class RelayStartError extends Error {
  override readonly name = 'RelayStartError';
  constructor(
    readonly code: 'port-in-use' | 'cannot-listen',
    message: string,
  ) {
    super(message);
  }
}

/** Rejects with a `RelayStartError`. */
export async function startRelay({ host, port, limits: given, runtime, log }: RelayOptions): Promise<Relay> {
  const limits = { ...DEFAULT_LIMITS, ...given };
  const nowMs = () => runtime.monoMs();
  const store = new EventStore(nowMs);
  const sessions = new Set<ClientSession>();
  const socketsByAddress = new Map<string, number>();
  let connectionsTotal = 0;
  let eventsRelayed = 0;

  const server = new WebSocketServer({
    host,
    port,
    maxPayload: MAX_READ_BYTES,
    perMessageDeflate: false,
    // In the library's options, missing in its types.
    ...{ closeTimeout: CLOSE_TIMEOUT_MS },
  });

  function welcome(ws: WebSocket, request: IncomingMessage): void {
    connectionsTotal += 1;
    request.socket.setKeepAlive(true, KEEPALIVE_MS);
    const address = clientAddress(request);
    const count = (socketsByAddress.get(address) ?? 0) + 1;
    if (exceeds(count, limits.maxConnectionsPerIp)) {
      ws.on('error', () => {});
      ws.send(JSON.stringify(['NOTICE', 'too many connections from your address']), () => {});
      ws.close();
      return;
    }
    socketsByAddress.set(address, count);
    const session = new ClientSession({
      ws,
      limits,
      nowMs,
      store,
      isGenuine,
      forward: (event, json) => {
        eventsRelayed += 1;
        for (const each of sessions) each.deliver(event, json);
      },
    });
    sessions.add(session);
    ws.on('close', () => {
      sessions.delete(session);
      const left = (socketsByAddress.get(address) ?? 1) - 1;
      if (left === 0) socketsByAddress.delete(address);
      else socketsByAddress.set(address, left);
    });
  }

  await listening(server, host, port);
  server.on('connection', welcome);
  server.on('error', (error) => log?.warn({ err: error }, 'relay: socket trouble'));
  const bound = (server.address() as { port: number }).port;

  return {
    url: `ws://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    stats: () => ({ connections: sessions.size, connectionsTotal, eventsRelayed, eventsStored: store.size }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const ws of server.clients) ws.close(1001);
      }),
  };
}

function listening(server: WebSocketServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', (error: NodeJS.ErrnoException) => {
      const inUse = error.code === 'EADDRINUSE';
      const problem = inUse
        ? `port ${port} on ${host} is in use by another program: choose another port`
        : `cannot listen on ${host} port ${port} (${error.code ?? error.message}): choose another address or port`;
      reject(new RelayStartError(inUse ? 'port-in-use' : 'cannot-listen', problem));
    });
  });
}

/** A proxy on this machine names the client in `X-Forwarded-For`; from anywhere else the header is only a claim. */
function clientAddress(request: IncomingMessage): string {
  const peer = request.socket.remoteAddress ?? '';
  if (!/^(::1|(::ffff:)?127\.)/.test(peer)) return peer;
  const forwarded = String(request.headers['x-forwarded-for'] ?? '').split(',');
  return forwarded.map((part) => part.trim()).findLast((part) => isIP(part) !== 0) ?? peer;
}
