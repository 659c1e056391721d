import { type WebSocket, WebSocketServer } from 'ws';

/** A relay that answers as the test wants. By default it admits whoever subscribes and keeps what it hears. */
export class ScriptedRelay {
  readonly frames: unknown[][] = [];
  readonly sockets: WebSocket[] = [];
  answer = (socket: WebSocket, frame: unknown[]): void => {
    if (frame[0] === 'REQ') socket.send(JSON.stringify(['EOSE', frame[1]]));
  };
  readonly #server = new WebSocketServer({ host: '127.0.0.1', port: 0 });

  private constructor() {
    this.#server.on('connection', (socket) => {
      this.sockets.push(socket);
      socket.on('error', () => {});
      socket.on('message', (data) => {
        const frame = JSON.parse(String(data));
        this.frames.push(frame);
        this.answer(socket, frame);
      });
    });
  }

  static async start(): Promise<ScriptedRelay> {
    const relay = new ScriptedRelay();
    await new Promise<void>((resolve) => relay.#server.once('listening', resolve));
    return relay;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  requests(): unknown[][] {
    return this.frames.filter(([verb]) => verb === 'REQ');
  }

  close(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
