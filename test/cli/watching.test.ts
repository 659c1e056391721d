import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { noWayTo } from '../../src/cli/way-to.js';
import { readRecording } from '../../src/inspect/recording.js';
import { SocketViewer } from '../inspect/support/viewer.js';
import {
  cleanUp,
  type DaemonProcess,
  networkConfig,
  newHome,
  runProgram,
  startDaemon,
  startProgram,
} from '../support/daemon.js';
import { until } from '../support/meshes.js';

let daemon: DaemonProcess;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wakemesh-watching-'));
  const config = { networks: [networkConfig('ops', 'ws://127.0.0.1:9/inbox?token=canary')] };
  daemon = await startDaemon({ config, args: ['serve', '--inspect'] });
});

afterAll(async () => {
  await cleanUp();
  rmSync(folder, { recursive: true, force: true });
});

const inspect = (...args: string[]) => runProgram(['inspect', ...args], { home: daemon.home });

it('prints where the console and the bridge are, and both are there', async () => {
  const { code, stdout } = await inspect();
  expect(code).toBe(0);
  const [, consoleUrl] = /^mesh console +(http:\/\/127\.0\.0\.1:\d+\/\?token=\S+)$/m.exec(stdout)!;
  const [, bridgeUrl] = /^Stately inspector +(http:\/\/127\.0\.0\.1:\d+\/bridge\?token=\S+)$/m.exec(stdout)!;
  expect(await (await fetch(consoleUrl!)).text()).toContain('<title>Wakemesh</title>');
  expect(await (await fetch(bridgeUrl!)).text()).toContain('https://stately.ai/inspect');
  const [log] = daemon.logs().filter(({ msg }) => msg.startsWith('inspector ready'));
  expect(String(log?.port)).toBe(new URL(consoleUrl!).port);
  expect(daemon.stdout()).not.toContain(new URL(consoleUrl!).searchParams.get('token'));
  expect((await runProgram(['console'], { home: daemon.home })).stdout).toBe(stdout);
});

it('sends the log of the daemon, without what is nobody’s business', async () => {
  const { socket_url } = await daemon.ask('inspect_start');
  const viewer = await SocketViewer.open(socket_url);
  const line = await until(() => viewer.of('wakemesh.log').find(({ text }) => text === 'relay dialing'));
  expect(line).toMatchObject({ level: 'info', fields: { network: 'ops', relay: 'ws://127.0.0.1:9/inbox' } });
  expect(viewer.texts.join()).not.toContain('canary');
  viewer.socket.terminate();
});

it('prints the mesh once, as plain text, when the output is a pipe', async () => {
  const { code, stdout } = await runProgram(['top'], { home: daemon.home });
  expect(code).toBe(0);
  expect(stdout).toContain('ops: 0 of 0 peers active, 0 of 1 relays\n  relay ws://127.0.0.1:9/inbox');
  expect(stdout).not.toContain('\u001b');
});

it('says whether there is a way to a page at all', async () => {
  const server = createServer((_, response) => response.writeHead(403).end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  expect(await noWayTo(url)).toBeUndefined();
  server.close();
  await once(server, 'close');
  expect(await noWayTo(url)).toBe('ECONNREFUSED');
});

it('says that a port is taken, or another one in use, and ends with 1', async () => {
  const taken = createTcpServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const port = String((taken.address() as AddressInfo).port);
  const refused = await runProgram(['serve', '--inspect', port], { home: newHome({ networks: [] }) });
  expect(refused).toMatchObject({
    code: 1,
    stderr: `error: inspector: port ${port} is taken by another program; give another one, or none for any that is free\n`,
  });
  const second = await inspect('--port', port);
  expect(second.code).toBe(1);
  expect(second.stderr).toContain(`and cannot on ${port} too`);
  const file = join(folder, 'taken.jsonl');
  await runProgram(['record', file, '--seconds', '1'], { home: daemon.home });
  const replay = await runProgram(['replay', file, '--port', port]);
  expect(replay).toMatchObject({ code: 1, stderr: expect.stringContaining(`replay: port ${port} is taken`) });
  taken.close();
});

it('says so when no daemon runs, and what is wrong with a file', async () => {
  const home = newHome({ networks: [] });
  for (const args of [['inspect'], ['console'], ['top'], ['record', join(folder, 'none.jsonl')]]) {
    expect(await runProgram(args, { home })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is `wakemesh'),
    });
  }
  const here = join(folder, 'nothing-there.jsonl');
  expect(await runProgram(['replay', here])).toMatchObject({ code: 1, stderr: expect.stringContaining(here) });
  expect(await runProgram(['record'])).toMatchObject({ code: 2 });
  expect(await runProgram(['record', here, '--seconds', '0'])).toMatchObject({ code: 2 });
});

it('records until it is told to end, and plays it again', async () => {
  const file = join(folder, 'it.jsonl');
  const recording = startProgram(['record', file], { home: daemon.home });
  await until(() => recording.stderr().includes('recording to'));
  await until(() => readFileSync(file, 'utf8').includes('wakemesh.relay'));
  recording.child.kill('SIGINT');
  expect(await recording.exited).toBe(0);
  expect(recording.stderr()).toMatch(/stopped: \d+ messages in \d+\.\d s, \d+ KiB/);
  const { messages, fault } = readRecording(readFileSync(file, 'utf8'));
  expect(fault).toBeNull();
  expect(await runProgram(['record', file], { home: daemon.home })).toMatchObject({
    code: 1,
    stderr: `error: record: ${file} exists; give another name or remove it\n`,
  });

  truncateSync(file, readFileSync(file).length - 100);
  const replay = startProgram(['replay', file, '--speed', '100']);
  const [consoleUrl] = /http:\S+/.exec(await replay.said(/Stately inspector/))!;
  await until(() => replay.stderr().includes(`${file} is damaged in line `));
  const viewer = await SocketViewer.open(consoleUrl!.replace('http:', 'ws:').replace('/?', '/socket?'));
  const end = await until(() => viewer.of('wakemesh.playback').find(({ state }) => state === 'broken'));
  expect(end.line).toBeGreaterThan(messages.length - 3);
  expect(viewer.of('wakemesh.mesh')[0]).toMatchObject({ source: 'recording', networks: [{ id: 'ops' }] });
  replay.child.kill('SIGINT');
  expect(await replay.exited).toBe(0);
});

it('ends a recording when the daemon ends', async () => {
  const other = await startDaemon({ config: { networks: [] } });
  const file = join(folder, 'ends.jsonl');
  const recording = startProgram(['record', file], { home: other.home });
  await until(() => recording.stderr().includes('recording to'));
  await until(() => readFileSync(file, 'utf8').includes('wakemesh.mesh'));
  await other.stop();
  expect(await recording.exited).toBe(0);
  expect(recording.stderr()).toContain('the daemon has ended');
  expect(readRecording(readFileSync(file, 'utf8')).fault).toBeNull();
});

it('closes the sockets of viewers when the daemon ends', async () => {
  const other = await startDaemon({ config: { networks: [] }, args: ['serve', '--inspect', '0'] });
  const viewer = await SocketViewer.open((await other.ask('inspect_start')).socket_url);
  const closed = viewer.closed();
  expect(await other.stop()).toBe(0);
  await closed;
  expect(viewer.socket.readyState).toBe(WebSocket.CLOSED);
});
