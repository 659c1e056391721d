/** What two active daemons say to each other on their control sockets: channel messages, calls, reliable messages. */
import { sleep } from '../../src/cli/demo/wait.js';
import { CHANNEL, type Daemon, type Push } from './daemon.js';
import type { Outcome } from './rows.js';

const POLL_MS = 5;
const METHOD = 'interop.echo';
const REPEATS = 20;

type Two = readonly [Daemon, Daemon];

export class Conversation {
  readonly #daemons: Two;
  readonly #received = new Map<Daemon, unknown[]>();

  constructor(daemons: Two) {
    this.#daemons = daemons;
    for (const daemon of daemons) {
      const received: unknown[] = [];
      this.#received.set(daemon, received);
      daemon.ears.add((push) => {
        if (push.kind === 'channel_inbound' && push.channel === CHANNEL) received.push(push.payload);
        if (push.kind === 'rpc_inbound') void answer(daemon, push);
      });
    }
  }

  /** `count` messages each way at once: all of them, in order. */
  async burst(count: number, boundMs: number): Promise<Outcome> {
    const startMs = performance.now();
    for (let number = 0; number < count; number += 1) for (const [from, to] of this.#ways()) from.post(to, number);
    for (const daemon of this.#daemons) await this.#awaitCount(daemon, count, startMs + boundMs);
    const ms = performance.now() - startMs;
    for (const daemon of this.#daemons) {
      const wrong = this.#of(daemon).findIndex((payload, index) => payload !== index);
      if (wrong !== -1)
        throw new Error(`${daemon.name}: message ${wrong} is ${JSON.stringify(this.#of(daemon)[wrong])}`);
    }
    return { ms };
  }

  /** Calls each way: answers, an error of the handler, a method that nobody serves, a stream. `ms` is one call's median. */
  async calls(boundMs: number): Promise<Outcome> {
    for (const daemon of this.#daemons) {
      await daemon.request('rpc_register', { client_id: daemon.clientId, method: METHOD, streaming: false });
    }
    const times: number[] = [];
    for (const [from, to] of this.#ways()) {
      for (let number = 0; number < REPEATS; number += 1) {
        const startMs = performance.now();
        const call = from.ask('rpc_call', { peer: to.id, method: METHOD, payload: { number } });
        const { response } = (await inTime(call, boundMs)) as { response: unknown };
        times.push(performance.now() - startMs);
        const wanted = JSON.stringify({ number });
        if (JSON.stringify(response) !== wanted)
          throw new Error(`${from.name} called for ${wanted}, got ${JSON.stringify(response)}`);
      }
      await refused(from.ask('rpc_call', { peer: to.id, method: METHOD, payload: 'fail' }), 'told to fail', boundMs);
      await refused(
        from.ask('rpc_call', { peer: to.id, method: 'nobody', payload: null }),
        "no handler for 'nobody'",
        boundMs,
      );
    }
    return { ms: times.sort((a, b) => a - b)[times.length >> 1] as number };
  }

  /** Reliable messages each way. `ms` is one delivery's median. */
  async deliveries(boundMs: number): Promise<Outcome> {
    const times: number[] = [];
    for (const [from, to] of this.#ways()) {
      for (let number = 0; number < REPEATS; number += 1) {
        const startMs = performance.now();
        times.push((await this.deliver(from, to, `reliable ${number}`, boundMs)) - startMs);
      }
    }
    return { ms: times.sort((a, b) => a - b)[times.length >> 1] as number };
  }

  /** Resolves with the time of the receipt; rejects when the message did not arrive exactly once. */
  async deliver(from: Daemon, to: Daemon, payload: string, boundMs: number): Promise<number> {
    await inTime(
      from.ask('channel_send_reliable', { channel: CHANNEL, peer: to.id, payload, ttl_ms: boundMs }),
      boundMs,
    );
    const receiptMs = performance.now();
    const copies = this.#of(to).filter((received) => received === payload).length;
    if (copies > 1) throw new Error(`${to.name} received "${payload}" ${copies} times`);
    return receiptMs;
  }

  #of(daemon: Daemon): unknown[] {
    return this.#received.get(daemon) as unknown[];
  }

  #ways(): [Daemon, Daemon][] {
    const [a, b] = this.#daemons;
    return [
      [a, b],
      [b, a],
    ];
  }

  async #awaitCount(daemon: Daemon, count: number, giveUpAtMs: number): Promise<void> {
    while (this.#of(daemon).length < count) {
      if (performance.now() > giveUpAtMs)
        throw new Error(`${daemon.name} has ${this.#of(daemon).length} of ${count} messages`);
      await sleep(POLL_MS);
    }
  }
}

async function answer(daemon: Daemon, { request_id, payload }: Push): Promise<void> {
  const result = payload === 'fail' ? { error: 'told to fail' } : { ok: payload };
  await daemon.ask('rpc_respond', { request_id, ...result }).catch(() => {}); // the caller's time limit says so
}

async function inTime<T>(work: Promise<T>, boundMs: number): Promise<T> {
  const late = sleep(boundMs).then(() => {
    throw new Error(`no answer within ${boundMs / 1_000} s`);
  });
  return await Promise.race([work, late]);
}

async function refused(work: Promise<unknown>, words: string, boundMs: number): Promise<void> {
  const answer = inTime(work, boundMs).then(
    (result) => `the answer ${JSON.stringify(result)}`,
    (error: Error) => error.message,
  );
  const said = await answer;
  if (!said.includes(words)) throw new Error(`expected an error with "${words}", got ${said}`);
}
