/** Somebody who knows the relay and the room, and has keys of his own only: he hears everything and says anything. */
import { once } from 'node:events';
import WebSocket from 'ws';
import { generateIdentity } from '../../src/identity/keys.js';
import { createEventSigner, EPHEMERAL_KIND, type NostrEvent, PRESENCE_KIND } from '../../src/signaling/nostr-event.js';
import { SignalWriter } from '../../src/signaling/signal-writer.js';
import type { OutgoingSignal } from '../../src/signaling/signaling.js';
import { runtime } from './meshes.js';

const randomBytes = (length: number) => runtime.randomBytes(length);

/** `unsigned`: as upstream writes it. `signed`: by his own key, in the name of somebody else. */
export type Forgery = 'unsigned' | 'signed';

export interface HeardMessage {
  kind: string;
  from: string;
  to: string | null;
  sdp?: string;
  wm: { boot: number; seq: number };
}

export class Stranger {
  readonly #room: string;
  readonly #ws: WebSocket;
  readonly #signer = createEventSigner(randomBytes);
  /** Contents of all events of the room, as they came. */
  readonly heard: string[] = [];

  private constructor(url: string, room: string) {
    this.#room = room;
    this.#ws = new WebSocket(url);
    this.#ws.on('error', () => {}); // the relay of the test is closed first
    this.#ws.on('message', (data) => {
      const [verb, , event] = JSON.parse(String(data)) as [string, unknown, NostrEvent];
      if (verb === 'EVENT') this.heard.push(event.content);
    });
  }

  static async open(url: string, room: string): Promise<Stranger> {
    const stranger = new Stranger(url, room);
    await once(stranger.#ws, 'open');
    stranger.#ws.send(JSON.stringify(['REQ', 'all', { '#r': [room] }]));
    return stranger;
  }

  /** The latest genuine message of this kind by this device, as text. */
  latest(kind: string, from: string): string | undefined {
    return this.heard.findLast((content) => {
      const message = JSON.parse(content) as HeardMessage;
      return message.kind === kind && message.from === from;
    });
  }

  /** Says it in the name of `from`. `boot` is claimed, since he cannot sign it. */
  forge(from: string, message: OutgoingSignal, how: Forgery, boot = Date.now()): void {
    const identity = { ...generateIdentity({ randomBytes }), deviceId: from };
    const writer = new SignalWriter({ identity, boot, room: this.#room, nextSeq: () => 1, randomBytes });
    const content = JSON.parse(writer.write(message));
    if (how === 'unsigned') delete content.wm;
    this.post(JSON.stringify(content));
  }

  /** Any text in an event of his own: a replay, when he heard the text before. */
  post(content: string): void {
    const { kind, to } = JSON.parse(content) as HeardMessage;
    const recipient = kind === 'announce' ? [] : [['p', to ?? this.#room]];
    const event = this.#signer.sign({
      kind: kind === 'announce' ? PRESENCE_KIND : EPHEMERAL_KIND,
      tags: [['r', this.#room], ...recipient],
      content,
      created_at: Math.floor(Date.now() / 1000),
    });
    this.#ws.send(JSON.stringify(['EVENT', event]));
  }

  /** Resolves when the relay has taken in all that was said so far. */
  async said(): Promise<void> {
    this.#ws.ping();
    await once(this.#ws, 'pong');
  }

  close(): void {
    this.#ws.terminate();
  }
}
