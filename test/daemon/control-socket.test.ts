import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanUp, type DaemonProcess, networkConfig, startDaemon } from '../support/daemon.js';
import { readJsonLines } from '../support/jsonl.js';

let daemon: DaemonProcess;

beforeAll(async () => {
  daemon = await startDaemon({ config: { networks: [networkConfig('ops', 'ws://127.0.0.1:9')] } });
});
afterAll(cleanUp);

async function open(): Promise<{ socket: Socket; next(): Promise<string | undefined> }> {
  const socket = connect(join(daemon.home, 'daemon.sock'));
  await once(socket, 'connect');
  socket.on('error', () => {});
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  return { socket, next: async () => (await lines.next()).value };
}

/** Keys and types, values aside; of lists the first item. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shapeOf(member)]));
}

describe('answers have the shape of upstream', () => {
  const recorded = readJsonLines<{ op: string; request: string; response: string }>('control-socket/answers.jsonl');
  // These need a peer or a subscriber; test/daemon/two-daemons.test.ts has them.
  const alone = recorded.filter(({ op }) => !/^(peers_list|channel_|roster_list|config_show)/.test(op));

  it.each(alone)('$op', async ({ request, response }) => {
    const ours = await daemon.control(request);
    const upstream = JSON.parse(response);
    expect(shapeOf(ours)).toMatchObject(shapeOf(upstream) as object);
    if (upstream.data.approved === undefined) return;
    const { roster } = await daemon.ask('roster_list', { network: 'ops' });
    expect(shapeOf(roster)).toEqual([{ approved_at: 'number', device_id: 'string', label: 'string', role: 'string' }]);
  });

  it('members of data are sorted and ok comes first', async () => {
    const { socket, next } = await open();
    socket.write('{"op":"identity_show"}\n');
    expect(await next()).toMatch(/^{"ok":true,"data":{"device_id":"[^"]+","label":"[^"]*","pubkey":"[^"]+"}}$/);
    socket.destroy();
  });

  it('config_show is what is in force, read again from disk', async () => {
    const { config } = await daemon.ask('config_show');
    expect(config.networks[0]).toMatchObject({ id: 'ops', kind: 'open', pinned_peers: [] });
  });
});

describe('framing', () => {
  it('many requests at once are answered in order', async () => {
    const { socket, next } = await open();
    socket.write('{"op":"status"}\n{"op":"nope"}\n\r\n["network_id_normalize"," X-1_a "]\n');
    expect(await next()).toContain('"version"');
    expect(await next()).toContain('parse: unknown variant `nope`');
    expect(await next()).toContain('parse: ');
    expect(await next()).toBe('{"ok":true,"data":{"network_id":"x-1_a"}}');
    socket.destroy();
  });

  it('a last line without an end is answered after the half-close', async () => {
    const { socket, next } = await open();
    socket.end('{"op":"network_id_normalize","input":"abc"}');
    expect(await next()).toBe('{"ok":true,"data":{"network_id":"abc"}}');
    expect(await next()).toBeUndefined();
  });

  it('a line in two writes is one line', async () => {
    const { socket, next } = await open();
    socket.write('{"op":"network_id_nor');
    await daemon.control({ op: 'status' }); // the first half has been read by now
    socket.write('malize","input":"abc"}\n');
    expect(await next()).toContain('"abc"');
    socket.destroy();
  });

  it('bytes that are not UTF-8 close the connection', async () => {
    const { socket, next } = await open();
    socket.write(Buffer.from([0x7b, 0xff, 0xfe, 0x7d, 0x0a]));
    expect(await next()).toBeUndefined();
  });

  it('a line of 1,000,000 bytes is answered, an endless one refused', async () => {
    const long = await daemon.control({ op: 'network_id_normalize', input: 'a'.repeat(1_000_000) });
    expect(long.error).toContain('longer than 64 characters');
    const { socket, next } = await open();
    socket.write(Buffer.alloc(3 << 20, 'a'));
    expect(await next()).toBe('{"ok":false,"error":"parse: line longer than 1048576 bytes"}');
    expect(await next()).toBeUndefined();
  });

  it('the 257th connection is told that there are too many; room is made when one ends', async () => {
    const held = await Promise.all(Array.from({ length: 256 }, () => open()));
    for (const { socket } of held) socket.write('{"op":"network_id_generate"}\n');
    await Promise.all(held.map(({ next }) => next())); // all are served
    const refused = await open();
    expect(await refused.next()).toBe('{"ok":false,"error":"too many connections (256)"}');
    for (const { socket } of held) socket.destroy();
    await expect.poll(() => daemon.control({ op: 'status' }).then(({ ok }) => ok)).toBe(true);
  });
});

describe('checks', () => {
  it.each([
    [{ op: 'peers_list', network: 'nonet' }, 'unknown network: nonet'],
    [{ op: 'channel_subscribe', client_id: 'c99', network: 'nonet', channel: 'x' }, 'unknown client_id: c99'],
    [
      { op: 'channel_send_to', network: 'ops', channel: 'c', peer: 'nobody', payload: 1 },
      'peer nobody not found in active set',
    ],
    [
      { op: 'roster_approve', network: 'ops', device_id: 'not an id' },
      'device id "not an id": expected 52 characters of a-z and 2-7',
    ],
    [{ op: 'network_id_normalize', input: 'x!' }, '"x!": the network id is shorter than 3 characters'],
  ])('%j', async (request, error) => {
    expect(await daemon.control(request)).toEqual({ ok: false, error });
  });
});

describe('events_subscribe', () => {
  it('gives each client an id and forgets it with the connection', async () => {
    const first = await daemon.events();
    const second = await daemon.events();
    expect(first.clientId).toMatch(/^c\d+$/);
    expect(second.clientId).not.toBe(first.clientId);
    const fields = { client_id: first.clientId, network: 'ops', channel: 'chat' };
    expect(await daemon.ask('channel_subscribe', fields)).toEqual({ subscribed: true });
    expect(await daemon.ask('channel_unsubscribe', fields)).toEqual({ unsubscribed: true });
    first.close();
    await expect
      .poll(() => daemon.control({ op: 'channel_subscribe', ...fields }).then(({ error }) => error))
      .toBe(`unknown client_id: ${first.clientId}`);
    second.close();
  });
});

it('a new label is durable and told at once', async () => {
  expect((await daemon.ask('identity_set_label', { label: 'Box' })).label).toBe('Box');
  expect((await daemon.ask('identity_show')).label).toBe('Box');
});
