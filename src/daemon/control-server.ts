/** The control socket: one JSON object per line, answers in order, and pushes to the clients that asked for events. */
import { once } from 'node:events';
import { stat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Logger } from 'pino';
import { ControlClients } from './control-clients.js';
import { type ControlContext, controlOps } from './control-ops.js';
import { parseRequest, type Request } from './control-requests.js';
import { codeOf, DaemonError, messageOf } from './errors.js';
import { LineTooLongError, readLines } from './lines.js';
import { sortKeys } from './sort-keys.js';

const MAX_LINE_BYTES = 1 << 20;
const MAX_CONNECTIONS = 256;
/** What fits into the kernel's address; a longer path would be cut short without a word. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

export interface ControlServer {
  broadcast(push: object): void;
  close(): Promise<void>;
}

/** Throws `DaemonError` when the socket cannot be made or another daemon answers on it. */
export async function startControlServer(path: string, context: ControlContext, log: Logger): Promise<ControlServer> {
  const bytes = Buffer.byteLength(path);
  if (bytes > MAX_PATH_BYTES) {
    throw new DaemonError(
      `control socket: the path is ${bytes} bytes long, the system allows ${MAX_PATH_BYTES}: ${path}; ` +
        'set daemon.control_socket in config.json to a shorter one',
    );
  }
  await removeDeadSocket(path);

  const clients = new ControlClients();
  const answer = answerWith(context, clients, log);
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {}); // a vanished client is no event
    if (sockets.size >= MAX_CONNECTIONS) {
      socket.end(failure(`too many connections (${MAX_CONNECTIONS})`));
      return;
    }
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // Who can reach us may count on the configured networks being there.
    context.joined.then(() => serveConnection(socket, clients, answer)).catch(() => socket.destroy());
  });
  await listenPrivately(server, path);
  server.on('error', (error) => log.error(`control socket: ${messageOf(error)}`));
  return {
    broadcast: (push) => clients.broadcast(push),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve)); // removes the socket file too
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function serveConnection(
  socket: Socket,
  clients: ControlClients,
  answer: (request: Request) => Promise<string>,
): Promise<void> {
  const chunks = socket.iterator({ destroyOnReturn: false });
  try {
    for await (const line of readLines(chunks, MAX_LINE_BYTES)) {
      const request = parseOr(line);
      if (typeof request === 'string') await write(socket, request);
      else if (request.op !== 'events_subscribe') await write(socket, await answer(request));
      else return await pushEvents(socket, clients);
    }
    socket.end();
  } catch (error) {
    // What follows an endless line cannot be told from it, so the connection ends here.
    if (error instanceof LineTooLongError) socket.end(failure(`parse: ${error.message}`));
    else socket.destroy();
  }
}

/** From here on the connection carries pushes only; what the client still writes is read for its end alone. */
async function pushEvents(socket: Socket, clients: ControlClients): Promise<void> {
  const client = clients.add(socket);
  try {
    socket.write(success({ client_id: client.id, subscribed: true }));
    socket.resume();
    await Promise.race([once(socket, 'end'), once(socket, 'close')]);
  } finally {
    clients.remove(client);
    socket.destroy();
  }
}

/** One request at a time and no answer ahead of the reader: a client that does not read costs one answer. */
async function write(socket: Socket, line: string): Promise<void> {
  if (!socket.write(line)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
}

function answerWith(context: ControlContext, clients: ControlClients, log: Logger) {
  const ops = controlOps(context, clients);
  return async (request: Request): Promise<string> => {
    try {
      const op = ops[request.op as keyof typeof ops] as (request: Request) => object | Promise<object>;
      return success(await op(request));
    } catch (error) {
      log.debug({ op: request.op }, `control request refused: ${messageOf(error)}`);
      return failure(messageOf(error));
    }
  };
}

function parseOr(line: string): Request | string {
  try {
    return parseRequest(line);
  } catch (error) {
    return failure(messageOf(error));
  }
}

function success(data: object): string {
  return `${JSON.stringify({ ok: true, data: sortKeys(data) })}\n`;
}

function failure(error: string): string {
  return `${JSON.stringify({ ok: false, error })}\n`;
}

/** A socket file that nobody answers is a crash's left-over. One that answers is a daemon without our lock: upstream's. */
async function removeDeadSocket(path: string): Promise<void> {
  try {
    if (!(await stat(path)).isSocket())
      throw new DaemonError(`control socket: ${path} exists and is no socket; move it away`);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  const probe = connect(path);
  try {
    await once(probe, 'connect');
  } catch {
    return await unlink(path);
  } finally {
    probe.destroy();
  }
  throw new DaemonError(`control socket: another daemon answers on ${path}; stop it first`);
}

/** Only our own user may drive us, from the first moment: the mode is set by the bind, not after it. */
async function listenPrivately(server: Server, path: string): Promise<void> {
  const umask = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(umask);
  }
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new DaemonError(`control socket: cannot listen on ${path}: ${messageOf(error)}`);
  }
}
