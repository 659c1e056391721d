/** The relay of one cell, and an ear in the room: when did whom announce? */
import { once } from 'node:events';
import WebSocket from 'ws';
import { sleep } from '../../src/cli/demo/wait.js';
import { EPHEMERAL_KIND, PRESENCE_KIND } from '../../src/signaling/nostr-event.js';
import { accepts, freePort } from '../support/ports.js';
import { Process } from './process.js';
import type { Timeline } from './timeline.js';

const LISTEN_POLL_MS = 5;
const LISTEN_BOUND_MS = 10_000;

export interface Announce {
  from: string;
  atMs: number;
}

export class Relay {
  readonly announces: Announce[] = [];
  readonly #command: readonly string[];
  readonly #log: string;
  readonly #room: string;
  #process: Process | null = null;
  #ear: WebSocket | null = null;

  /** `command` has `{port}` where the port belongs. */
  private constructor(
    command: readonly string[],
    readonly port: number,
    room: string,
    log: string,
    readonly timeline: Timeline,
  ) {
    this.#command = command.map((part) => part.replaceAll('{port}', String(port)));
    this.#room = room;
    this.#log = log;
  }

  static async start(command: readonly string[], room: string, log: string, timeline: Timeline): Promise<Relay> {
    const relay = new Relay(command, await freePort(), room, log, timeline);
    await relay.start();
    return relay;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** Resolves when it serves and we hear the room. */
  async start(): Promise<void> {
    this.#process = new Process(this.#command, this.#log);
    const giveUpAtMs = performance.now() + LISTEN_BOUND_MS;
    while (!(await accepts(this.port))) {
      if (performance.now() > giveUpAtMs) throw new Error(`the relay does not listen on port ${this.port}`);
      await sleep(LISTEN_POLL_MS);
    }
    const ear = new WebSocket(this.url);
    ear.on('error', () => {}); // its end is what the row did to the relay
    await once(ear, 'open');
    const heard = once(ear, 'message');
    ear.on('message', (data) => this.#hear(String(data)));
    ear.send(JSON.stringify(['REQ', 'ear', { '#r': [this.#room], kinds: [PRESENCE_KIND, EPHEMERAL_KIND] }]));
    await heard; // end of what it had stored
    this.#ear = ear;
  }

  /** Resolves with the time of the first announce of this device that is not forgotten. */
  async heard(deviceId: string, boundMs: number): Promise<number> {
    for (const giveUpAtMs = performance.now() + boundMs; ; await sleep(LISTEN_POLL_MS)) {
      const announce = this.announces.find(({ from }) => from === deviceId);
      if (announce) return announce.atMs;
      if (performance.now() > giveUpAtMs) throw new Error(`${deviceId.slice(0, 8)} did not announce itself`);
    }
  }

  async end(): Promise<void> {
    this.#ear?.terminate();
    await this.#process?.end('SIGKILL');
  }

  #hear(text: string): void {
    const [type, , event] = JSON.parse(text);
    if (type !== 'EVENT') return;
    const { kind, from, to, sdp, candidate } = JSON.parse(event.content);
    if (kind === 'announce') this.announces.push({ from, atMs: performance.now() });
    const fingerprint = /^a=fingerprint:sha-256 (\S{11})/m.exec(sdp ?? '')?.[1];
    const ufrag = /^a=ice-ufrag:(\S+)/m.exec(sdp ?? '')?.[1];
    const about = [kind, to?.slice(0, 5), fingerprint, ufrag, candidate].filter(Boolean);
    this.timeline.note(`relay ${from.slice(0, 5)}`, about.join(' '));
  }
}
