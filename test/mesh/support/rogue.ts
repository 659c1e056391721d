/** A member in a process of its own that means harm: its CPU is not ours, so what it costs us is what it costs anybody. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('rogue.mjs', import.meta.url));

export class Rogue {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (result: never) => void>();
  #lastId = 0;
  id = '';

  private constructor(relay: string) {
    this.#child = fork(SCRIPT, [relay], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child.on('message', ({ id, result }: { id: number; result: never }) => {
      this.#waiting.get(id)?.(result);
      this.#waiting.delete(id);
    });
  }

  /** Resolves when it has joined. */
  static async start(relay: { url: string }): Promise<Rogue> {
    const rogue = new Rogue(relay.url);
    rogue.id = await new Promise<string>((resolve) => rogue.#waiting.set(0, resolve as never));
    return rogue;
  }

  /** To everybody, in this order, `times` over; `#` stands for the number of the round. Resolves when nothing more is taken. */
  say(texts: (string | object)[], times = 1): Promise<number> {
    const lines = texts.map((text) => (typeof text === 'string' ? text : JSON.stringify(text)));
    return this.#do({ deed: 'say', texts: lines, times });
  }

  /** Packets in hex that go to everybody below SCTP. */
  pack(packets: string[], times: number): Promise<void> {
    return this.#do({ deed: 'pack', packets, times });
  }

  sign(variant: object): Promise<string> {
    return this.#do({ deed: 'sign', variant });
  }

  deafen(): Promise<void> {
    return this.#do({ deed: 'deafen' });
  }

  heard(): Promise<string[]> {
    return this.#do({ deed: 'heard' });
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }

  #do<T>(what: { deed: string; [key: string]: unknown }): Promise<T> {
    this.#lastId += 1;
    this.#child.send({ id: this.#lastId, ...what });
    return new Promise<T>((resolve) => this.#waiting.set(this.#lastId, resolve as never));
  }
}
