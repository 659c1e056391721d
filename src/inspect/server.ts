/** Pages and sockets for viewers on this machine. It binds the loopback address alone. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import type { Runtime } from '../runtime.js';
import { Gate, urlOf } from './gate.js';
import { bridgePage, consoleFile, NOT_BUILT, type Page } from './pages.js';
import { SocketViewer } from './socket-viewer.js';
import type { Source } from './source.js';

const HOST = '127.0.0.1';
export const HOSTED_INSPECTOR = 'https://stately.ai/inspect';
const MAX_VIEWERS = 16;
const MAX_REQUEST_BYTES = 4_096;
const CONSOLE = fileURLToPath(new URL('../../console/', import.meta.url));

export interface InspectServerOptions {
  source: Source;
  runtime: Runtime;
  /** 0: any that is free. */
  port: number;
  /** Folder of the built console. */
  consoleFolder?: string;
  /** The page that the bridge shows in its frame. */
  hostedUrl?: string;
}

export interface InspectServer {
  port: number;
  /** With the token: the console, and the bridge to the Stately inspector. */
  consoleUrl: string;
  bridgeUrl: string;
  /** `ws://` address for programs. */
  socketUrl: string;
  close(): Promise<void>;
}

/** Rejects with the system's error (`EADDRINUSE`, …) when the port cannot be had. */
export async function startInspectServer(options: InspectServerOptions): Promise<InspectServer> {
  const { source, runtime, consoleFolder = CONSOLE, hostedUrl = HOSTED_INSPECTOR } = options;
  const token = Buffer.from(runtime.randomBytes(24)).toString('base64url');
  const server = createServer({ requestTimeout: 10_000, maxHeaderSize: 8_192 });
  server.maxConnections = 256;
  server.listen(options.port, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const gate = new Gate(token, port);

  server.on('request', (request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.on('error', () => {}); // accepting failed once: the next one may work

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = urlOf(request);
    const refusal = refuse(request, url);
    if (refusal || !url) return respondPlainly(response, ...(refusal ?? BAD_REQUEST));
    const host = request.headers.host ?? '';
    const isBridge = url.pathname === '/bridge';
    const page = isBridge
      ? bridgePage(hostedUrl, randomBytes(16).toString('base64'), host)
      : await consoleFile(consoleFolder, url.pathname, host);
    if (page) respond(response, page, isBridge || url.pathname === '/');
    else respondPlainly(response, 404, url.pathname === '/' ? NOT_BUILT : 'not found\n');
  }

  function refuse(request: IncomingMessage, url: URL | undefined): [number, string] | undefined {
    if (!gate.isOurHost(request)) return [421, 'this is not the host you look for\n'];
    if (!url) return BAD_REQUEST;
    if (request.method !== 'GET' && request.method !== 'HEAD') return [405, 'only GET\n'];
    // Scripts and styles are public code; pages and the socket are for whoever was given the address.
    const isPage = url.pathname === '/' || url.pathname === '/bridge' || url.pathname.endsWith('.html');
    if (isPage && !gate.knowsToken(url))
      return [403, 'the token is missing or wrong: `wakemesh inspect` prints the address\n'];
    return undefined;
  }

  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_REQUEST_BYTES, perMessageDeflate: false });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => {}); // a reset while we refuse must not be an unhandled 'error' event
    const url = urlOf(request);
    const isAllowed = gate.isOurHost(request) && gate.isOurOrigin(request) && url && gate.knowsToken(url);
    if (!isAllowed || url.pathname !== '/socket') {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    if (sockets.clients.size >= MAX_VIEWERS) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.on('error', () => {}); // its close follows
      const viewer = new SocketViewer(client, runtime);
      const disconnect = source.connect(viewer);
      client.once('close', disconnect);
      viewer.serve(source);
    });
  });

  const base = `http://${HOST}:${port}`;
  return {
    port,
    consoleUrl: `${base}/?token=${token}`,
    bridgeUrl: `${base}/bridge?token=${token}`,
    socketUrl: `ws://${HOST}:${port}/socket?token=${token}`,
    async close() {
      for (const client of sockets.clients) client.terminate();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const BAD_REQUEST: [number, string] = [400, 'bad request\n'];

const COMMON_HEADERS = {
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
};

/** Pages are never kept; the console's other files have their hash in their names. */
function respond(response: ServerResponse, { type, body, policy }: Page, isPage: boolean): void {
  response.writeHead(200, {
    ...COMMON_HEADERS,
    'content-type': type,
    'content-security-policy': `default-src 'none'; ${policy}`,
    'cache-control': isPage ? 'no-store' : 'no-cache',
  });
  response.end(body);
}

function respondPlainly(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    ...COMMON_HEADERS,
    'content-type': 'text/plain; charset=utf-8',
    'content-security-policy': "default-src 'none'",
    'cache-control': 'no-store',
  });
  response.end(text);
}
