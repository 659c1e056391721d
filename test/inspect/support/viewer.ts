/** A viewer in a test: what it is told, in order and checked against the schemas. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { type InspectMessage, inspectMessage } from '../../../src/inspect/messages.js';
import { until } from '../../support/meshes.js';

export class TestViewer {
  readonly texts: string[] = [];
  readonly messages: InspectMessage[] = [];

  /** As a `Viewer` of a source. */
  readonly send = (text: string): boolean => {
    this.texts.push(text);
    this.messages.push(inspectMessage.parse(JSON.parse(text)));
    return true;
  };

  of<Type extends InspectMessage['type']>(type: Type): Extract<InspectMessage, { type: Type }>[] {
    return this.messages.filter((message) => message.type === type) as Extract<InspectMessage, { type: Type }>[];
  }

  /** State value of the actor by that name, as far as it has been told. */
  value(name: string): unknown {
    const session = this.of('@xstate.actor').find((actor) => actor.name === name)?.sessionId;
    const told = this.messages.filter(
      (message) =>
        (message.type === '@xstate.actor' || message.type === '@xstate.snapshot') && message.sessionId === session,
    );
    return (told.at(-1) as { snapshot?: { value?: unknown } } | undefined)?.snapshot?.value;
  }
}

export class SocketViewer extends TestViewer {
  private constructor(readonly socket: WebSocket) {
    super();
    socket.on('message', (data) => this.send(String(data)));
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<SocketViewer> {
    const socket = new WebSocket(url, { headers: { origin: originOf(url), ...headers } });
    const viewer = new SocketViewer(socket);
    await once(socket, 'open');
    return viewer;
  }

  /** Resolves with the answer. */
  async ask(request: object): Promise<{ ok: boolean; error?: string | undefined }> {
    const id = this.of('wakemesh.answer').length + 1;
    this.socket.send(JSON.stringify({ type: 'wakemesh.request', id, ...request }));
    return until(() => this.of('wakemesh.answer').find((answer) => answer.id === id));
  }

  async closed(): Promise<number> {
    const [code] = await once(this.socket, 'close');
    return code as number;
  }
}

export const originOf = (url: string) => new URL(url).origin.replace('ws:', 'http:');
