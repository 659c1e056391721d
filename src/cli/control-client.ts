/** The command line's end of the control socket. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { codeOf, DaemonError } from '../daemon/errors.js';
import { readLines } from '../daemon/lines.js';

/** Generous: an answer carries whole peer lists. */
const MAX_LINE_BYTES = 64 << 20;

interface Answer {
  ok: boolean;
  data?: unknown;
  error?: string;
}

export class ControlClient {
  readonly #socket: Socket;
  readonly #lines: AsyncGenerator<string>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#lines = readLines(socket, MAX_LINE_BYTES);
  }

  /** Throws `DaemonError` when nobody listens. */
  static async open(path: string, program: string): Promise<ControlClient> {
    const socket = connect(path);
    try {
      await once(socket, 'connect');
    } catch (error) {
      throw new DaemonError(`connect daemon socket — is \`${program} serve\` running?: ${path}: ${codeOf(error)}`);
    }
    socket.on('error', () => {}); // the lines end, and whoever reads them says so
    return new ControlClient(socket);
  }

  /** Returns `data`. Throws `DaemonError` when the daemon refuses or goes away. */
  async request(request: object): Promise<unknown> {
    this.#socket.write(`${JSON.stringify(request)}\n`);
    const answer = (await this.next()) as Answer;
    if (!answer.ok) throw new DaemonError(`daemon error: ${answer.error}`);
    return answer.data;
  }

  /** The next line as a value. Throws `DaemonError` when the daemon goes away. */
  async next(): Promise<unknown> {
    const { value, done } = await this.#lines.next();
    if (done) throw new DaemonError('the daemon closed the connection');
    return JSON.parse(value);
  }

  close(): void {
    this.#socket.destroy();
  }
}
