import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { cleanUp, networkConfig, newHome, runProgram, startDaemon, startProgram } from '../support/daemon.js';

afterEach(cleanUp);

/** Nobody listens on port 9 of the loopback: the network is joined and stays alone. */
const NOWHERE = 'ws://127.0.0.1:9';

it('makes its home, answers, and ends on SIGTERM with 0 and without its socket', async () => {
  const daemon = await startDaemon();
  expect(statSync(join(daemon.home, '.secrets', 'identity.json')).mode & 0o777).toBe(0o600);
  expect(statSync(join(daemon.home, 'daemon.sock')).mode & 0o777).toBe(0o600);
  expect(readdirSync(daemon.home)).not.toContain('config.json');
  expect(await daemon.stop()).toBe(0);
  expect(readdirSync(daemon.home).sort()).toEqual(['.secrets', 'mesh']);
});

it('SIGINT ends it too, with networks joined and a client connected', async () => {
  const daemon = await startDaemon({ config: { networks: [networkConfig('net-a', NOWHERE)] } });
  const events = await daemon.events();
  daemon.kill('SIGINT');
  expect(await daemon.exited).toBe(0);
  expect((await events.next()).done).toBe(true);
});

it('keeps its identity, and its boot id grows from start to start', async () => {
  const first = await startDaemon();
  const before = await first.ask('status');
  await first.stop();
  const next = await startDaemon({ home: first.home });
  const after = await next.ask('status');
  expect(after.device_id).toBe(before.device_id);
  expect(after.wakemesh.boot).toBeGreaterThan(before.wakemesh.boot);
});

describe('a broken file', () => {
  it('config.json is kept aside and named; the daemon runs on', async () => {
    const home = newHome('{oops');
    const daemon = await startDaemon({ home });
    expect(readFileSync(join(home, 'config.json.corrupt'), 'utf8')).toBe('{oops');
    await daemon.said('config.json.corrupt, starting from defaults');
    expect(daemon.logs()[0]).toMatchObject({ level: 50, msg: expect.stringContaining('config.json: ') });
  });

  it('one bad network entry is named with its field; the others are joined', async () => {
    const daemon = await startDaemon({
      config: { networks: [{ id: 'bad' }, networkConfig('net-a', NOWHERE), networkConfig('no', NOWHERE)] },
    });
    expect((await daemon.ask('status')).joined_networks).toEqual(['net-a']);
    await daemon.said('config.json: networks[0].network_id: expected string');
    await daemon.said('network no is not joined: \\"no\\": the network id is shorter');
  });

  it('a closed network is refused rather than treated as open', async () => {
    const daemon = await startDaemon({ config: { networks: [networkConfig('net-a', NOWHERE, { kind: 'closed' })] } });
    expect((await daemon.ask('status')).joined_networks).toEqual([]);
    await daemon.said('kind: \\"closed\\" is not supported');
  });

  it('a roster is kept aside; its network is joined with an empty one', async () => {
    const home = newHome({ networks: [networkConfig('net-a', NOWHERE)] });
    mkdirSync(join(home, 'mesh', 'rosters'), { recursive: true });
    writeFileSync(join(home, 'mesh', 'rosters', 'net-a.json'), '{oops');
    const daemon = await startDaemon({ home });
    expect((await daemon.ask('roster_list', { network: 'net-a' })).roster).toEqual([]);
    expect(readFileSync(join(home, 'mesh', 'rosters', 'net-a.json.corrupt'), 'utf8')).toBe('{oops');
  });

  it('an identity ends the start with 1 and is left as it is: a new one would be a stranger', async () => {
    const home = newHome();
    mkdirSync(join(home, '.secrets'));
    writeFileSync(join(home, '.secrets', 'identity.json'), '{oops');
    const { code, stderr } = await runProgram(['serve'], { home });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: identity file .*identity\.json: it is not JSON;.*\n$/);
    expect(readFileSync(join(home, '.secrets', 'identity.json'), 'utf8')).toBe('{oops');
  });
});

describe('ends with 1 and one line', () => {
  it('a configuration of a newer version', async () => {
    const { code, stderr } = await runProgram(['serve'], { home: newHome({ version: 4 }) });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: config\.json: version: 4 is from a newer program[^\n]*\n$/);
  });

  it('a hosted relay whose port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const config = { services: { signaling: { enabled: true, bind: '127.0.0.1', port } } };
    const { code, stderr } = await runProgram(['serve'], { home: newHome(config) });
    other.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`^error: config\\.json: services\\.signaling: port ${port} on 127\\.0\\.0\\.1 is in use[^\\n]*\\n$`),
    );
  });

  it('a control socket path that is too long', async () => {
    const control_socket = `/tmp/${'x'.repeat(120)}`;
    const { code, stderr } = await runProgram(['serve'], { home: newHome({ daemon: { control_socket } }) });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: control socket: the path is 125 bytes long, the system allows \d+: [^\n]*\n$/);
  });

  it('something else in the place of the control socket', async () => {
    const home = newHome();
    mkdirSync(join(home, 'daemon.sock'));
    const { code, stderr } = await runProgram(['serve'], { home });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: control socket: [^\n]* exists and is no socket[^\n]*\n$/);
  });

  it('a daemon without our lock that answers on the socket', async () => {
    const home = newHome();
    const upstream = createServer().listen(join(home, 'daemon.sock'));
    await once(upstream, 'listening');
    const { code, stderr } = await runProgram(['serve'], { home });
    upstream.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: control socket: another daemon answers on [^\n]*\n$/);
  });
});

it('a relay that has stopped answering does not keep it from ending', async () => {
  const relay = startProgram(['relay', '--port', '0']);
  const url = /ws:\S+/.exec(await relay.said('\n'))?.[0] as string;
  const daemon = await startDaemon({ config: { networks: [networkConfig('net-a', url)] } });
  await expect.poll(async () => (await daemon.ask('networks_list')).networks[0].phase).toBe('alone');
  relay.child.kill('SIGSTOP');
  expect(await daemon.stop()).toBe(0);
});

it('serves on a pinned control socket', async () => {
  const home = newHome();
  const control_socket = join(home, 'pinned.sock');
  const daemon = await startDaemon({ home, config: { daemon: { control_socket } } });
  const { code, stdout } = await runProgram(['ctl', 'status'], { home });
  expect(code).toBe(0);
  expect(JSON.parse(stdout).wakemesh.pid).toBe(daemon.pid);
});

it('ends in time although the reader of its log sleeps', async () => {
  const daemon = await startDaemon({ env: { MYOWNMESH_LOG: 'debug' } });
  daemon.child.stdout?.pause();
  const socket = connect(join(daemon.home, 'daemon.sock'));
  const refused = `${JSON.stringify({ op: 'peers_list', network: 'x'.repeat(1_000) })}\n`; // each is logged
  socket.write(refused.repeat(500));
  let answers = 0;
  for await (const _ of createInterface({ input: socket })) if (++answers === 500) break;
  socket.destroy();
  daemon.kill('SIGTERM');
  const [code] = await once(daemon.child, 'exit');
  expect(code).toBe(0);
});

it('lives on when the readers of its output are gone', async () => {
  const daemon = await startDaemon({ env: { MYOWNMESH_LOG: 'debug' } });
  daemon.child.stdout?.destroy();
  daemon.child.stderr?.destroy();
  for (let n = 0; n < 20; n += 1) await daemon.control({ op: 'peers_list', network: 'nonet' }); // each is logged
  expect((await daemon.control({ op: 'status' })).ok).toBe(true);
  expect(await daemon.stop()).toBe(0);
});
