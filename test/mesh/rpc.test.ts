/** Remote calls between two real meshes: every request is answered, every caller gets one outcome. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Relay } from '../../src/relay/relay-server.js';
import { closeAll, type Member, newIdentities, openPair, openRelay, until } from '../support/meshes.js';

let relay: Relay;
let a: Member;
let b: Member;
beforeEach(async () => {
  relay = await openRelay();
  [a, b] = await openPair(relay);
});
afterEach(closeAll);

const failure = (code: string, message: RegExp) =>
  expect.objectContaining({ name: 'RpcError', code, message: expect.stringMatching(message) });

async function read(parts: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const part of parts) all.push(part);
  return all;
}

describe('a single answer', () => {
  it('is what the handler returns, in either direction', async () => {
    b.network.rpc.serve('add', ({ from, payload, streaming }) => [from, (payload as number) + 1, streaming]);
    a.network.rpc.serve('later', async () => undefined);
    expect(await a.network.rpc.call(b.id, 'add', 41)).toEqual([a.id, 42, false]);
    expect(await b.network.rpc.call(a.id, 'later', null)).toBeNull();
  });

  it('is what the handler throws, by its words', async () => {
    b.network.rpc.serve('boom', () => {
      throw new Error('boom');
    });
    await expect(a.network.rpc.call(b.id, 'boom', 1)).rejects.toThrow(failure('failed', /^boom$/));
    await expect(a.network.rpc.call(b.id, 'nosuch', 1)).rejects.toThrow(failure('failed', /^no handler for 'nosuch'$/));
  });

  it('that cannot be sent is an error too', async () => {
    b.network.rpc.serve('huge', () => 'x'.repeat(70_000));
    b.network.rpc.serve('odd', () => ({ n: 1n }));
    await expect(a.network.rpc.call(b.id, 'huge', 1)).rejects.toThrow(failure('failed', /more than 65535/));
    await expect(a.network.rpc.call(b.id, 'odd', 1)).rejects.toThrow(failure('failed', /BigInt/));
  });

  it('comes from the newest handler; an ended registration does not end its successor', async () => {
    const end = b.network.rpc.serve('who', () => 'first');
    const endSecond = b.network.rpc.serve('who', () => 'second');
    end();
    expect(await a.network.rpc.call(b.id, 'who', null)).toBe('second');
    endSecond();
    await expect(a.network.rpc.call(b.id, 'who', null)).rejects.toThrow(failure('failed', /no handler/));
  });
});

describe('a streamed answer', () => {
  it('comes in parts, in order, and ends', async () => {
    b.network.rpc.serveStream('count', function* ({ payload }) {
      for (let number = 1; number <= (payload as number); number += 1) yield number;
    });
    expect(await read(a.network.rpc.callStream(b.id, 'count', 300))).toHaveLength(300);
    expect(await read(a.network.rpc.callStream(b.id, 'count', 0))).toEqual([]);
  });

  it('waits while the caller does not read, and nothing is lost', async () => {
    b.network.rpc.serveStream('bulk', async function* () {
      for (let number = 0; number < 600; number += 1) yield String(number).padEnd(20_000);
    });
    const parts = (await read(a.network.rpc.callStream(b.id, 'bulk', null))) as string[];
    expect(parts.map((part) => Number(part))).toEqual(Array.from({ length: 600 }, (_, index) => index));
  });

  it('ends with the error of the handler, after the parts before it', async () => {
    b.network.rpc.serveStream('breaks', async function* () {
      yield 1;
      throw new Error('bad luck');
    });
    const parts = a.network.rpc.callStream(b.id, 'breaks', null);
    expect(await parts.next()).toEqual({ value: 1, done: false });
    await expect(parts.next()).rejects.toThrow(failure('failed', /^bad luck$/));
    expect(await parts.next()).toMatchObject({ done: true });
  });

  it('of one part is what a single handler gives; a single call of a stream is told so', async () => {
    b.network.rpc.serve('one', () => 1);
    b.network.rpc.serveStream('many', async function* () {
      yield 1;
    });
    expect(await read(a.network.rpc.callStream(b.id, 'one', null))).toEqual([1]);
    await expect(a.network.rpc.call(b.id, 'many', null)).rejects.toThrow(failure('is-a-stream', /use callStream/));
    await expect(read(a.network.rpc.callStream(b.id, 'nosuch', null))).rejects.toThrow(
      failure('failed', /no handler for 'nosuch'/),
    );
  });

  it('that nobody reads ends for its reader, and costs no more than its bound', async () => {
    let given = 0;
    const endless = async function* () {
      for (;;) yield ++given;
    };
    b.network.rpc.serveStream('endless', endless);
    for await (const part of a.network.rpc.callStream(b.id, 'endless', null)) if (part === 5) break;
    const unread = a.network.rpc.callStream(b.id, 'endless', null);
    await until(() => given > 4_000);
    await b.network.leave();
    let parts = 0;
    const reading = async () => {
      for await (const _ of unread) parts += 1;
    };
    await expect(reading()).rejects.toThrow(failure('too-slow', /not read as fast/));
    expect(parts).toBe(1_024);
  });
});

describe('every caller gets one outcome', () => {
  it('when the handler never answers: after its time', async () => {
    b.network.rpc.serve('never', () => new Promise(() => {}));
    await expect(a.network.rpc.call(b.id, 'never', 1, { timeoutMs: 500 })).rejects.toThrow(
      failure('timed-out', /^never: no answer within 500 ms$/),
    );
  });

  it('when it loses interest: the reason of its signal', async () => {
    b.network.rpc.serve('never', () => new Promise(() => {}));
    const abort = new AbortController();
    const waiting = a.network.rpc.call(b.id, 'never', 1, { signal: abort.signal });
    abort.abort(new Error('no longer wanted'));
    await expect(waiting).rejects.toThrow('no longer wanted');
    await expect(a.network.rpc.call(b.id, 'never', 1, { signal: abort.signal })).rejects.toThrow('no longer wanted');
  });

  it('when the far end leaves, and its handler is told when the caller does', async () => {
    let request: { signal: AbortSignal } | undefined;
    b.network.rpc.serve('never', (given) => {
      request = given;
      return new Promise(() => {});
    });
    const waiting = a.network.rpc.call(b.id, 'never', 1);
    const stream = a.network.rpc.callStream(b.id, 'never', 1);
    waiting.catch(() => {}); // looked at below
    await until(() => request);
    const again = b.network.rpc.call(a.id, 'x', 1).catch((error) => error.code);
    await b.network.leave();
    await expect(waiting).rejects.toThrow(failure('peer-gone', /left/));
    await expect(stream.next()).rejects.toThrow(failure('peer-gone', /left/));
    expect(request?.signal.aborted).toBe(true);
    expect(['failed', 'closed']).toContain(await again);
  });

  it('when the network is left', async () => {
    b.network.rpc.serve('never', () => new Promise(() => {}));
    const waiting = a.network.rpc.call(b.id, 'never', 1);
    waiting.catch(() => {}); // looked at below
    await a.network.leave();
    await expect(waiting).rejects.toThrow(failure('closed', /network down/));
    await expect(a.network.rpc.call(b.id, 'never', 1)).rejects.toThrow(failure('closed', /network down/));
  });

  it('when the request cannot be sent: at once', async () => {
    const [absent] = newIdentities(1);
    const call = (id: string, payload: unknown) => a.network.rpc.call(id, 'echo', payload);
    await expect(call(absent!.deviceId, 1)).rejects.toThrow(failure('unknown-peer', /not known/));
    await expect(call(b.id, 'x'.repeat(70_000))).rejects.toThrow(failure('too-large', /65535/));
    await expect(call(b.id, 1n)).rejects.toThrow(expect.objectContaining({ code: 'bad-payload' }));
    expect(() => a.network.rpc.callStream(absent!.deviceId, 'echo', 1)).toThrow(failure('unknown-peer', /not known/));
    b.network.rpc.serve('never', () => new Promise(() => {}));
    const codes = await Promise.all(
      Array.from({ length: 300 }, () =>
        a.network.rpc.call(b.id, 'never', 1, { timeoutMs: 4_000 }).catch((error) => error.code),
      ),
    );
    const count = (code: string) => codes.filter((each) => each === code).length;
    // The far end works on 64 requests of one peer, and 256 wait here.
    expect([count('failed'), count('timed-out'), count('too-many-calls')]).toEqual([192, 64, 44]);
  });
});
