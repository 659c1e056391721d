/** What the calls of the library answer and refuse. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type JoinOptions, MeshError, type SendOutcome } from '../../src/mesh/api.js';
import { Mesh } from '../../src/mesh/mesh.js';
import type { Relay } from '../../src/relay/relay-server.js';
import { bothActive, closeAll, newIdentities, openMember, openPair, openRelay, until } from '../support/meshes.js';

let relay: Relay;
beforeEach(async () => {
  relay = await openRelay();
});
afterEach(closeAll);

describe('channels', () => {
  it('carry any JSON both ways, under their own names', async () => {
    const [a, b] = await openPair(relay);
    interface Reading {
      celsius: number | null;
      tags: string[];
    }
    const heard: unknown[] = [];
    b.network.channel<Reading>('temperature').subscribe(({ from, payload }) => heard.push([from, payload.celsius]));
    const unsubscribe = b.network.channel('other').subscribe(({ payload }) => heard.push(payload));
    const readings = a.network.channel<Reading>('temperature');
    expect(readings.send(b.id, { celsius: 21.5, tags: ['ü', ''] })).toEqual({ status: 'sent' });
    expect(readings.send(b.id, { celsius: null, tags: [] })).toEqual({ status: 'sent' });
    await until(() => heard.length === 2);
    expect(heard).toEqual([
      [a.id, 21.5],
      [a.id, null],
    ]);
    const back = a.network.channel<number>('other')[Symbol.asyncIterator]();
    expect(b.network.channel<number>('other').send(a.id, 7)).toEqual({ status: 'sent' });
    expect(await back.next()).toEqual({ done: false, value: { from: b.id, payload: 7 } });
    unsubscribe();
    a.network.channel('other').send(b.id, 'nobody listens');
    readings.send(b.id, { celsius: 1, tags: [] });
    await until(() => heard.length === 3);
    expect(heard.at(-1)).toEqual([a.id, 1]);
  });

  it('say what became of a message: sent, queued, or refused with the reason', async () => {
    const [a, b] = await openPair(relay);
    const [absent] = newIdentities(1);
    const channel = a.network.channel<string>('bulk');
    const heard: string[] = [];
    b.network.channel<string>('bulk').subscribe(({ payload }) => heard.push(payload.slice(0, 8)));
    expect(channel.send(absent!.deviceId, 'x')).toEqual({ status: 'refused', reason: 'unknown-peer' });
    expect(channel.send('not an id', 'x')).toEqual({ status: 'refused', reason: 'unknown-peer' });
    expect(channel.send(b.id, 'x'.repeat(65_536))).toEqual({ status: 'refused', reason: 'too-large' });
    const taken: string[] = [];
    const statuses = new Set<string>();
    let outcome: SendOutcome = { status: 'sent' };
    for (let number = 0; outcome.status !== 'refused' && number < 10_000; number += 1) {
      const text = String(number).padStart(8, '0');
      outcome = channel.send(b.id, text + '.'.repeat(20_000));
      statuses.add(outcome.status);
      if (outcome.status !== 'refused') taken.push(text);
    }
    expect(outcome).toEqual({ status: 'refused', reason: 'queue-full' });
    expect([...statuses]).toEqual(['sent', 'queued', 'refused']);
    await until(() => heard.length === taken.length);
    expect(heard).toEqual(taken);
    expect(channel.send(b.id, 'free again').status).toBe('sent');
    await a.network.leave();
    expect(channel.send(b.id, 'x')).toEqual({ status: 'refused', reason: 'closed' });
    expect(channel.sendAll('x')).toBe(0);
  });

  it('refuse what is not JSON', async () => {
    const [a, b] = await openPair(relay);
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    for (const payload of [circular, undefined, () => 1, { n: 1n }]) {
      expect(() => a.network.channel('chat').send(b.id, payload)).toThrow(
        expect.objectContaining({ code: 'bad-payload', message: expect.stringContaining('channel chat') }),
      );
    }
  });

  it('a reader that falls behind loses the oldest, and one that has stopped holds nothing', async () => {
    const [a, b] = await openPair(relay);
    const channel = b.network.channel<number>('numbers');
    const slow = channel[Symbol.asyncIterator]();
    const stopped = channel[Symbol.asyncIterator]();
    await stopped.return?.();
    let last = 0;
    channel.subscribe(({ payload }) => {
      last = payload;
    });
    for (let number = 1; number <= 300; number += 1) {
      while (a.network.channel('numbers').send(b.id, number).status === 'refused') await until(() => last > 0);
      if (number % 10 === 0) await until(() => last === number);
    }
    expect(await slow.next()).toMatchObject({ value: { payload: 300 - 256 + 1 } });
    await b.network.leave();
    for (let number = 46; number <= 300; number += 1)
      expect(await slow.next()).toMatchObject({ value: { payload: number } });
    expect(await slow.next()).toEqual({ value: undefined, done: true });
    expect(await stopped.next()).toEqual({ value: undefined, done: true });
    expect(await channel[Symbol.asyncIterator]().next()).toMatchObject({ done: true });
  });
});

describe('a subscriber that throws', () => {
  it('harms neither the session nor the other subscribers', async () => {
    const fail = () => {
      throw new Error('a subscriber of the test failed');
    };
    const a = await openMember(relay);
    a.mesh.subscribe(fail);
    a.network.subscribe(fail);
    a.network.channel('chat').subscribe(fail);
    const heard: unknown[] = [];
    a.network.channel('chat').subscribe(({ payload }) => heard.push(payload));
    const told = a.events.length;
    const b = await openMember(relay);
    await bothActive(a, b);
    expect(a.events.length).toBeGreaterThan(told);
    for (const text of ['one', 'two']) b.network.channel('chat').send(a.id, text);
    await until(() => heard.length === 2);
    expect(a.sees(b)).toMatchObject({ state: 'active', epoch: 1 });
  });
});

describe('whenReady', () => {
  it('waits for a relay, and for a peer; an abort rejects with its reason', async () => {
    const a = await openMember(relay);
    await a.network.whenReady();
    await a.network.whenReady(); // also when it is ready already
    const [absent] = newIdentities(1);
    const abort = new AbortController();
    const waiting = a.network.whenReady({ peer: absent!.deviceId, signal: abort.signal });
    const reason = new Error('no longer wanted');
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(a.network.whenReady({ signal: abort.signal })).rejects.toBe(reason);
    await expect(a.network.whenReady({ peer: absent!.deviceId, signal: AbortSignal.timeout(20) })).rejects.toThrow(
      expect.objectContaining({ name: 'TimeoutError' }),
    );
  });

  it('and so does leaving, for whoever waits and whoever comes later', async () => {
    const a = await openMember(relay);
    const [absent] = newIdentities(1);
    const waiting = a.network.whenReady({ peer: absent!.deviceId });
    const closed = expect.objectContaining({ name: 'MeshError', code: 'closed' });
    const outcome = expect(waiting).rejects.toThrow(closed);
    await a.network.leave();
    await outcome;
    await expect(a.network.whenReady()).rejects.toThrow(closed);
  });
});

describe('mistakes have stable codes and say what to do', () => {
  const base = (): JoinOptions => ({ networkId: 'team', relays: [relay.url], loopbackOnly: true });
  const codeOf = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => undefined,
      (reason) => reason,
    );
    expect(error).toBeInstanceOf(MeshError);
    expect(error.message).not.toContain('\n');
    return error.code;
  };

  it('join', async () => {
    const { mesh } = await openMember(relay, { networkId: ' Team ' });
    expect(mesh.networks()[0]?.id).toBe('team');
    for (const networkId of ['', 'ab', 'x'.repeat(65), 'no blanks', 'ümlaut']) {
      expect(await codeOf(mesh.join({ ...base(), networkId }))).toBe('bad-network-id');
    }
    expect(await codeOf(mesh.join(base()))).toBe('already-joined');
    expect(await codeOf(mesh.join({ ...base(), networkId: 'second', relays: [] }))).toBe('no-relays');
    for (const url of ['', 'localhost:4848', 'http://localhost', 'ws://']) {
      expect(await codeOf(mesh.join({ ...base(), networkId: 'second', relays: [relay.url, url] }))).toBe(
        'bad-relay-url',
      );
    }
    expect(mesh.networks()).toHaveLength(1);
    await mesh.close();
    await mesh.close();
    expect(await codeOf(mesh.join({ ...base(), networkId: 'second' }))).toBe('closed');
  });

  it('approve and remove', async () => {
    const { network } = await openMember(relay);
    for (const id of ['', 'abc', 'A'.repeat(52)]) {
      expect(await codeOf(network.approve(id))).toBe('bad-device-id');
      expect(await codeOf(network.remove(id))).toBe('bad-device-id');
    }
  });

  it('a relay that is not there is no mistake: we keep trying, and closing does not wait', async () => {
    const mesh = await Mesh.open();
    const network = await mesh.join({ ...base(), relays: ['ws://127.0.0.1:9'] });
    await expect(network.whenReady({ signal: AbortSignal.timeout(50) })).rejects.toThrow();
    expect(network.relays()).toMatchObject([
      { url: 'ws://127.0.0.1:9', state: expect.stringMatching(/dialing|backoff/) },
    ]);
    await mesh.close();
  });
});
