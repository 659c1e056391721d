/** One daemon's control socket as the demo needs it: a connection for requests and one for what the daemon pushes. */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { z } from 'zod';

const answerSchema = z.object({ ok: z.boolean(), data: z.unknown().optional(), error: z.string().optional() });
const subscribedSchema = z.object({ client_id: z.string() });

type Answer = (line: string) => void;

export class Control {
  /** Answers come in the order of the requests; null stands for a request whose answer nobody wants. */
  readonly #pending: (Answer | null)[] = [];

  private constructor(
    readonly socket: Socket,
    readonly pushes: Socket,
    readonly clientId: string,
  ) {
    createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) =>
      this.#pending.shift()?.(line),
    );
  }

  /** Rejects when nobody listens on `path` yet. `onPush` gets every pushed line, `onClose` hears of the end. */
  static async open(path: string, onPush: (line: string) => void): Promise<Control> {
    const pushes = createConnection(path);
    await once(pushes, 'connect');
    pushes.on('error', () => {}); // a killed daemon resets its sockets: its process's exit is what counts
    let acknowledge: ((line: string) => void) | null = null;
    const acknowledged = new Promise<string>((resolve) => {
      acknowledge = resolve;
    });
    createInterface({ input: pushes, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
      if (acknowledge === null) return onPush(line);
      acknowledge(line);
      acknowledge = null;
    });
    pushes.write('{"op":"events_subscribe"}\n');
    const { client_id } = subscribedSchema.parse(dataOf(await acknowledged));
    const socket = createConnection(path);
    await once(socket, 'connect');
    socket.on('error', () => {});
    return new Control(socket, pushes, client_id);
  }

  /** Rejects with the daemon's own words when it refuses. */
  request(op: string, fields: Record<string, unknown> = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#pending.push((line) => {
        try {
          resolve(dataOf(line));
        } catch (error) {
          reject(error);
        }
      });
      this.socket.write(`${JSON.stringify({ op, ...fields })}\n`);
    });
  }

  /** Sends a ready-made line and drops the answer: the steady stream of messages must not cost a promise each. */
  post(line: string): void {
    this.#pending.push(null);
    this.socket.write(line);
  }

  close(): void {
    this.socket.destroy();
    this.pushes.destroy();
  }
}

function dataOf(line: string): unknown {
  const answer = answerSchema.parse(JSON.parse(line));
  if (!answer.ok) throw new Error(answer.error ?? 'the daemon refused without a reason');
  return answer.data;
}
