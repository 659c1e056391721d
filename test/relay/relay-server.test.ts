import { afterEach, describe, expect, it } from 'vitest';
import type { RelayLimits } from '../../src/relay/limits.js';
import { type Relay, RelayStartError, startRelay } from '../../src/relay/relay-server.js';
import { runtime, until } from '../signaling/support/node.js';
import { RawClient } from '../signaling/support/raw-client.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function relay(limits: Partial<RelayLimits> = {}): Promise<Relay> {
  const started = await startRelay({ host: '127.0.0.1', port: 0, limits, runtime });
  cleanups.push(() => started.close());
  return started;
}

async function client(server: Relay, headers: Record<string, string> = {}): Promise<RawClient> {
  const opened = await RawClient.open(server.url, headers);
  cleanups.push(() => opened.close());
  return opened;
}

const presence = (by: RawClient, content = '{}', createdAt?: number) =>
  by.event(1077, [['r', 'room']], content, createdAt);

describe('publishing', () => {
  it('echoes, then confirms; forwards the publisher’s own JSON to each matching subscription', async () => {
    const server = await relay();
    const [a, b] = [await client(server), await client(server)];
    for (const each of [a, b]) each.send('REQ', 's"1', { '#r': ['room'] });
    b.send('REQ', 's2', {});
    await Promise.all([a.settled(), b.settled()]);
    const event = { ...presence(a), extra: { nested: [1, 2.5, 12_345_678_901_234_567_890n.toString()] } };
    a.send('EVENT', event);
    await until('forwarded', () => b.of('EVENT').length === 2);
    expect(b.of('EVENT')).toEqual([
      ['s"1', event],
      ['s2', event],
    ]);
    await until('confirmed', () => a.of('OK').length === 1);
    expect(a.frames.slice(-2)).toEqual([
      ['EVENT', 's"1', event],
      ['OK', event.id, true, ''],
    ]);
    expect(server.stats()).toEqual({ connections: 2, connectionsTotal: 2, eventsRelayed: 1, eventsStored: 1 });
  });

  it('refuses a forged event, and says nothing to one that is none', async () => {
    const server = await relay();
    const a = await client(server);
    const event = presence(a);
    a.send('EVENT', { ...event, content: 'changed' });
    a.send('EVENT', { ...event, created_at: 1.5 });
    a.send('EVENT', { ...event, kind: 70_000 });
    a.send('EVENT', null);
    await a.settled();
    expect(a.of('OK')).toEqual([[event.id, false, 'invalid: bad signature']]);
    expect(server.stats().eventsStored).toBe(0);
  });

  it('survives garbage', async () => {
    const server = await relay();
    const a = await client(server);
    const huge = `["EVENT",{"x":${'9'.repeat(400)},"y":123456789012345678901}]`;
    for (const text of ['', '{}', '[]', '[1]', '["REQ"]', '["REQ",5]', '["COUNT","x"]', '\u0000', huge])
      a.ws.send(text);
    a.ws.send(Buffer.from('["REQ","binary",{}]'));
    a.send('CLOSE', 'never opened');
    await a.settled();
    expect(a.frames.filter(([verb]) => verb !== 'EOSE')).toEqual([]);
  });

  it('invents no departure when a client goes', async () => {
    const server = await relay();
    const [a, b] = [await client(server), await client(server)];
    b.send('REQ', 's', {});
    a.send('EVENT', presence(a, '{"from":"A","kind":"announce","peer_id":"A"}'));
    await until('presence', () => b.of('EVENT').length === 1);
    a.close();
    await until('gone', () => server.stats().connections === 1);
    await b.settled();
    expect(b.of('EVENT')).toHaveLength(1);
  });
});

describe('replay', () => {
  it('gives a newcomer stored presence, filtered, and no negotiation', async () => {
    const server = await relay();
    const a = await client(server);
    const [early, late] = [presence(a, 'early', 1_000), presence(a, 'late', 2_000)];
    for (const event of [early, late, a.event(21_077, [['r', 'room']], 'offer')]) a.send('EVENT', event);
    await a.settled();
    const b = await client(server);
    b.send('REQ', 'all', { '#r': ['room'] });
    b.send('REQ', 'recent', { '#r': ['room'], since: 1_500 });
    await b.settled();
    expect(b.of('EVENT')).toEqual([
      ['all', early],
      ['all', late],
      ['recent', late],
    ]);
    expect(b.of('EOSE').slice(0, 2)).toEqual([['all'], ['recent']]);
  });

  it('a subscription of the same name replaces the first; a closed one hears nothing', async () => {
    const server = await relay();
    const a = await client(server);
    a.send('REQ', 's', { kinds: [1077] });
    a.send('REQ', 's', { kinds: [9] });
    a.send('EVENT', presence(a));
    a.send('CLOSE', 's');
    a.send('EVENT', a.event(9, [], ''));
    await a.settled();
    expect(a.of('EVENT')).toEqual([]);
    expect(a.of('OK')).toHaveLength(2);
  });
});

describe('limits', () => {
  it('drops events above the rate without a word, and closes on the 51st strike', async () => {
    const server = await relay({ maxEventRate: 5 });
    const a = await client(server);
    for (let i = 0; i < 55; i += 1) a.send('EVENT', null); // 5 within the rate, 50 strikes
    await a.settled();
    expect(a.closed).toBe(false);
    for (let i = 0; i < 20; i += 1) a.send('EVENT', null); // even with what has been refilled since
    await until('closed', () => a.closed);
    expect(a.of('NOTICE')).toEqual([['rate limit exceeded — closing']]);
  });

  it('closes on the 51st forged event', async () => {
    const server = await relay({ maxEventRate: 0 });
    const a = await client(server);
    const forged = { ...presence(a), content: 'changed' };
    for (let i = 0; i < 60; i += 1) a.send('EVENT', forged);
    await until('closed', () => a.closed);
    expect(a.of('OK')).toHaveLength(51);
  });

  it('drops frames that are too large', async () => {
    const server = await relay({ maxMessageBytes: 2_000 });
    const a = await client(server);
    a.send('EVENT', presence(a, 'x'.repeat(2_000)));
    a.send('EVENT', presence(a));
    await a.settled();
    expect(a.of('OK')).toHaveLength(1);
  });

  it('bounds subscriptions and filters', async () => {
    const server = await relay({ maxSubscriptions: 2, maxFiltersPerReq: 1 });
    const a = await client(server);
    a.send('REQ', 'one', { kinds: [9] }, { kinds: [1077] });
    a.send('REQ', 'two', { kinds: [9] });
    a.send('REQ', 'three', {});
    a.send('REQ', 'two', { kinds: [10] });
    a.send('EVENT', presence(a));
    await until('confirmed', () => a.of('OK').length === 1);
    expect(a.of('CLOSED')).toEqual([['three', 'rate-limited: too many subscriptions']]);
    expect(a.of('EVENT')).toEqual([]);
  });

  it('bounds requests', async () => {
    const server = await relay({ maxReqRate: 3 });
    const a = await client(server);
    for (let i = 0; i < 10; i += 1) a.send('REQ', 's', { ids: [] });
    a.send('EVENT', presence(a));
    await until('confirmed', () => a.of('OK').length === 1);
    expect(a.of('EOSE').length).toBeLessThan(6);
  });

  it('bounds sockets per address, and believes a proxy on this machine', async () => {
    const server = await relay({ maxConnectionsPerIp: 1 });
    await client(server, { 'X-Forwarded-For': '9.9.9.9, 10.0.0.1' });
    await client(server, { 'X-Forwarded-For': '10.0.0.2, nonsense' });
    const refused = await client(server, { 'X-Forwarded-For': '10.0.0.1' });
    await until('closed', () => refused.closed);
    expect(refused.frames).toEqual([['NOTICE', 'too many connections from your address']]);
    expect(server.stats().connections).toBe(2);
  });

  it('lifts a limit that is 0', async () => {
    const server = await relay({ maxEventRate: 0, maxReqRate: 0, maxSubscriptions: 0, maxFiltersPerReq: 0 });
    const a = await client(server);
    for (let i = 0; i < 100; i += 1) a.send('REQ', `s${i}`, { ids: [] });
    for (let i = 0; i < 100; i += 1) a.send('EVENT', null);
    await a.settled();
    expect(a.of('EOSE').length).toBeGreaterThanOrEqual(100);
    expect(a.closed).toBe(false);
  });

  it('drops a reader that does not read', async () => {
    const server = await relay({ maxEventRate: 0, maxReqRate: 0 });
    const [writer, reader] = [await client(server), await client(server)];
    for (let i = 0; i < 20; i += 1) reader.send('REQ', `s${i}`, {});
    await reader.settled();
    reader.ws.pause();
    const event = presence(writer, 'x'.repeat(60_000));
    while (server.stats().connections === 2) {
      writer.send('EVENT', event);
      await writer.settled();
    }
    expect(writer.closed).toBe(false);
  });
});

describe('starting and stopping', () => {
  it('says plainly that a port is in use', async () => {
    const server = await relay();
    const second = startRelay({ host: '127.0.0.1', port: server.port, runtime });
    await expect(second).rejects.toThrow(RelayStartError);
    await expect(second).rejects.toMatchObject({
      code: 'port-in-use',
      message: `port ${server.port} on 127.0.0.1 is in use by another program: choose another port`,
    });
  });

  it('says plainly that an address cannot be used', async () => {
    const start = startRelay({ host: '192.0.2.1', port: 0, runtime });
    await expect(start).rejects.toMatchObject({ code: 'cannot-listen', message: expect.stringContaining('192.0.2.1') });
  });

  it('frees its port when it closes', async () => {
    const first = await startRelay({ host: '127.0.0.1', port: 0, runtime });
    const a = await RawClient.open(first.url);
    await first.close();
    await until('client closed', () => a.closed);
    const second = await startRelay({ host: '127.0.0.1', port: first.port, runtime });
    await second.close();
  });
});
