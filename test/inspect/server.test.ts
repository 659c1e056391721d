import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { LiveSource } from '../../src/inspect/live-source.js';
import { type InspectServer, startInspectServer } from '../../src/inspect/server.js';
import { SocketViewer as ServerSideViewer } from '../../src/inspect/socket-viewer.js';
import { closeAll, type Member, newIdentities, openMember, openRelay, runtime, until } from '../support/meshes.js';
import { originOf, SocketViewer } from './support/viewer.js';

let folder: string;
let server: InspectServer;
let member: Member;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wakemesh-console-'));
  writeFileSync(join(folder, 'index.html'), '<script src="/main.js"></script>');
  writeFileSync(join(folder, 'main.js'), 'export {};');
  writeFileSync(join(folder, '..', 'outside-the-console.js'), 'secret');
  const relay = await openRelay();
  const [identity] = newIdentities(1);
  member = await openMember(relay, { identity: identity!, autoApprove: false });
  const source = new LiveSource({ mesh: member.mesh, label: () => '', version: '0', runtime });
  server = await startInspectServer({ source, runtime, port: 0, consoleFolder: folder });
});

afterEach(async () => {
  await server.close();
  await closeAll();
  rmSync(folder, { recursive: true, force: true });
});

interface Got {
  status: number;
  body: string;
  headers: NodeJS.Dict<string | string[]>;
}

/** Unlike `fetch`, sends the path and the host as they are given. */
async function get(path: string, host = `127.0.0.1:${server.port}`, method = 'GET'): Promise<Got> {
  const [response] = await once(
    request({ host: '127.0.0.1', port: server.port, path, method, headers: { host } }).end(),
    'response',
  );
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode, body, headers: response.headers };
}

const token = () => new URL(server.consoleUrl).search;

describe('pages', () => {
  it('serves the console and its files under a policy that allows its own files alone', async () => {
    const page = await get(`/${token()}`);
    expect(page).toMatchObject({ status: 200, body: '<script src="/main.js"></script>' });
    for (const { headers } of [page, await get('/main.js')]) {
      expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
      expect(headers['content-security-policy']).not.toMatch(/unsafe|\*|https?:/);
      expect(headers['referrer-policy']).toBe('no-referrer');
    }
    expect((await get('/main.js')).headers['content-type']).toContain('text/javascript');
  });

  it('serves the bridge with a nonce that is new each time', async () => {
    const [first, second] = [await get(`/bridge${token()}`), await get(`/bridge${token()}`)];
    const nonce = /<script nonce="([^"]+)"/.exec(first.body)?.[1];
    expect(first.headers['content-security-policy']).toContain(`script-src 'nonce-${nonce}'`);
    expect(first.headers['content-security-policy']).toContain('frame-src https://stately.ai;');
    expect(second.body).not.toContain(nonce);
  });

  it.each([
    ['no token', '/', 403],
    ['a wrong token', '/?token=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 403],
    ['the bridge without a token', '/bridge', 403],
    ['the page by its file name', '/index.html', 403],
    ['what is not there', '/missing.js', 404],
    ['a way out of the folder', '/../outside-the-console.js', 404],
    ['a hidden way out', '/%2e%2e/outside-the-console.js', 404],
    ['a path that no URL has', '//', 400],
    ['half an escape', '/%.js', 404],
  ])('refuses %s', async (_, path, status) => {
    const answer = await get(path);
    expect(answer.status).toBe(status);
    expect(answer.body).not.toContain('secret');
    expect((await get(`/${token()}`)).status).toBe(200);
  });

  it('refuses another host, which may be a name that was rebound to us, and other methods', async () => {
    expect((await get(`/${token()}`, 'evil.example')).status).toBe(421);
    expect((await get('/main.js', `evil.example:${server.port}`)).status).toBe(421);
    expect((await get(`/${token()}`, `localhost:${server.port}`)).status).toBe(200);
    expect((await get(`/${token()}`, undefined, 'POST')).status).toBe(405);
  });

  it('says so when the console is not built', async () => {
    rmSync(join(folder, 'index.html'));
    expect(await get(`/${token()}`)).toMatchObject({ status: 404, body: expect.stringContaining('npm run build') });
  });

  it('listens on the loopback address alone', async () => {
    const other = connect({ host: '127.0.0.2', port: server.port });
    const [error] = await once(other, 'error');
    expect(error.code).toBe('ECONNREFUSED');
  });
});

describe('the socket', () => {
  it.each([
    ['without a token', (url: string) => url.split('?')[0]!, {}],
    ['with a wrong token', (url: string) => `${url}x`, {}],
    ['from a foreign page', (url: string) => url, { origin: 'https://evil.example' }],
    ['from another port', (url: string) => url, { origin: 'http://127.0.0.1:1' }],
    ['from nowhere', (url: string) => url, { origin: '' }],
    ['for a foreign host', (url: string) => url, { host: 'evil.example' }],
    ['at another path', (url: string) => url.replace('/socket', '/'), {}],
  ])('is refused %s', async (_, change, headers) => {
    const url = server.socketUrl;
    const socket = new WebSocket(change(url), { headers: { origin: originOf(url), ...headers } });
    const [error] = await once(socket, 'error');
    expect(String(error)).toContain('403');
  });

  it('survives who resets while it is refused', async () => {
    for (let i = 0; i < 5; i++) {
      const raw = connect({ host: '127.0.0.1', port: server.port });
      await once(raw, 'connect');
      raw.write('GET /socket HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      raw.resetAndDestroy();
    }
    expect((await get(`/${token()}`)).status).toBe(200);
  });

  it.each([
    ['text', 'hello'],
    ['JSON of no request', '{"type":"@xstate.event"}'],
    [
      'a request with a stranger among its fields',
      '{"type":"wakemesh.request","id":1,"op":"deny","network":"n","device":"d","x":1}',
    ],
    ['bytes', Buffer.from('{"type":"wakemesh.request"}')],
  ])('that sends %s is closed, and no other', async (_, junk) => {
    const [bad, good] = [await SocketViewer.open(server.socketUrl), await SocketViewer.open(server.socketUrl)];
    const closed = bad.closed();
    bad.socket.send(junk);
    expect(await closed).toBe(1008);
    expect(await good.ask({ op: 'deny', network: 'team', device: 'nobody' })).toMatchObject({ ok: false });
  });

  it('that sends an endless message is closed', async () => {
    const bad = await SocketViewer.open(server.socketUrl);
    const closed = bad.closed();
    bad.socket.send('x'.repeat(100_000));
    expect(await closed).toBe(1009);
  });

  it('approves and denies', async () => {
    const [first] = member.network.relays();
    const guest = await openMember({ url: first!.url });
    const viewer = await SocketViewer.open(server.socketUrl);
    await until(() => member.sees(guest)?.detail === 'handshaking.awaitingApproval');
    await until(() => viewer.of('wakemesh.peer').at(-1)?.peer.waitsFor === 'us');
    const { codeSent, codeReceived } = viewer.of('wakemesh.peer').at(-1)!.peer;
    expect([codeReceived, codeSent]).toEqual([guest.sees(member)?.codeSent, guest.sees(member)?.codeReceived]);
    expect(await viewer.ask({ op: 'approve', network: 'nowhere', device: guest.id })).toEqual(
      expect.objectContaining({ ok: false, error: 'no network nowhere is joined' }),
    );
    expect(await viewer.ask({ op: 'approve', network: 'team', device: guest.id, label: 'lap' })).toMatchObject({
      ok: true,
    });
    await until(() => member.sees(guest)?.state === 'active');
    expect(member.network.roster.has(guest.id)).toBe(true);
    expect(await viewer.ask({ op: 'deny', network: 'team', device: guest.id })).toMatchObject({ ok: true });
    await until(() => member.sees(guest)?.state !== 'active');
    expect(member.network.roster.has(guest.id)).toBe(false);
  });

  it('of a viewer that stopped reading takes no more than a bound, and is dropped', async () => {
    const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(sockets, 'listening');
    const client = new WebSocket(`ws://127.0.0.1:${(sockets.address() as { port: number }).port}`);
    const [[accepted]] = (await Promise.all([once(sockets, 'connection'), once(client, 'open')])) as [
      [WebSocket],
      unknown,
    ];
    client.pause();
    let nowMs = 0;
    const viewer = new ServerSideViewer(accepted, { ...runtime, monoMs: () => nowMs });
    const text = 'x'.repeat(100_000);
    for (let sent = 0; viewer.send(text); sent++) expect(sent).toBeLessThan(1_000);
    const held = accepted.bufferedAmount;
    expect(held).toBeLessThan(2 << 20);
    nowMs = 9_000;
    expect(viewer.send(text)).toBe(false);
    expect([accepted.bufferedAmount, accepted.readyState]).toEqual([held, WebSocket.OPEN]);
    nowMs = 10_001;
    const closed = once(accepted, 'close');
    expect(viewer.send(text)).toBe(false);
    await closed;
    client.terminate();
    sockets.close();
  });
});

it('rejects with the system’s error when the port is taken', async () => {
  const source = new LiveSource({ mesh: member.mesh, label: () => '', version: '0', runtime });
  await expect(startInspectServer({ source, runtime, port: server.port })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
});
