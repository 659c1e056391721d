import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cleanUp, newHome, PROGRAM, runProgram, startProgram } from '../support/daemon.js';

afterAll(cleanUp);

describe('usage', () => {
  it.each([['--version'], ['-V']])('%s prints name and version on one line', async (flag) => {
    const { code, stdout, stderr } = await runProgram([flag]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^wakemesh \d+\.\d+\.\d+\n$/);
  });

  it('called as myownmesh it says so: clients take the last word of the line', () => {
    const folder = mkdtempSync(join(tmpdir(), 'wakemesh-bin-'));
    symlinkSync(PROGRAM, join(folder, 'myownmesh'));
    const { stdout } = spawnSync(process.execPath, [join(folder, 'myownmesh'), '--version'], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect(stdout).toMatch(/^myownmesh \d+\.\d+\.\d+\n$/);
  });

  it.each([[['--help']], [['ctl', '--help']], [['demo', '--help']], [['help']]])('%j exits 0', async (args) => {
    const { code, stdout } = await runProgram(args);
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: wakemesh');
  });

  it.each([
    [[]],
    [['nosuchverb']],
    [['--nosuchflag']],
    [['ctl']],
    [['ctl', 'nosuch']],
    [['ctl', 'peers']],
    [['ctl', 'peers', 'a', 'b']],
    [['identity']],
    [['config']],
    [['serve', 'extra']],
    [['relay']],
    [['relay', '--port', '65536']],
    [['relay', '--port', '0x10']],
  ])('%j is a usage error: exit 2, nothing on stdout', async (args) => {
    const { code, stdout, stderr } = await runProgram(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).not.toBe('');
  });
});

describe('without a daemon', () => {
  it.each([
    [['ctl', 'status']],
    [['ctl', 'networks', 'list']],
    [['ctl', 'roster', 'remove', 'net', 'a']],
    [['ctl', 'send', 'net', 'chat', 'hi']],
    [['ctl', 'listen', 'net', 'chat']],
  ])('%j exits 1 with one line that names the way out', async (args) => {
    const { code, stdout, stderr } = await runProgram(args, { home: newHome() });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: connect daemon socket — is `wakemesh serve` running\?: [^\n]*: ENOENT\n$/);
  });
});

describe('identity', () => {
  it('show makes one, set-label names it', async () => {
    const home = newHome();
    const before = await runProgram(['identity', 'set-label', 'x'], { home });
    expect(before.code).toBe(1);
    expect(before.stderr).toMatch(/^error: no identity at [^\n]*\n$/);
    const first = await runProgram(['identity', 'show'], { home });
    expect(first.stdout).toMatch(/^device_id: {3}([a-z2-7]{52})-[0-9A-F]{5}\npubkey: {6}\1\nlabel: {7}\n$/);
    expect(await runProgram(['identity', 'set-label', 'My box'], { home })).toMatchObject({ code: 0, stdout: 'ok\n' });
    const second = await runProgram(['identity', 'show'], { home });
    expect(second.stdout).toBe(first.stdout.replace(/label: {7}/, 'label:       My box'));
  });
});

describe('config', () => {
  it('path follows MYOWNMESH_HOME, blanks around it aside', async () => {
    expect((await runProgram(['config', 'path'], { home: ' rel/dir ' })).stdout).toBe('rel/dir/config.json\n');
    const { stdout } = await runProgram(['config', 'path'], { home: '  ', env: { HOME: '/somewhere' } });
    expect(stdout).toBe('/somewhere/.myownmesh/config.json\n');
  });

  it('show fills in the defaults and creates nothing', async () => {
    const home = newHome();
    const { code, stdout, stderr } = await runProgram(['config', 'show'], { home });
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ version: 3, networks: [], services: { signaling: { port: 4848 } } });
    expect(existsSync(join(home, 'config.json'))).toBe(false);
  });

  it('show says what is wrong with the file and leaves it in its place', async () => {
    const bad = await runProgram(['config', 'show'], { home: newHome({ networks: [{ id: 'x' }] }) });
    expect(bad.stderr).toContain('config.json: networks[0].network_id: expected string');
    const home = newHome('{oops');
    const broken = await runProgram(['config', 'show'], { home });
    expect([broken.code, JSON.parse(broken.stdout).networks]).toEqual([0, []]);
    expect(existsSync(join(home, 'config.json'))).toBe(true);
  });
});

describe('relay', () => {
  it('says where it listens and ends on SIGTERM with 0', async () => {
    const relay = startProgram(['relay', '--port', '0']);
    expect(await relay.said('\n')).toMatch(/^relay listening on ws:\/\/127\.0\.0\.1:\d+\n$/);
    relay.child.kill('SIGTERM');
    expect(await relay.exited).toBe(0);
  });

  it('a port in use is one line and exit 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, stdout, stderr } = await runProgram(['relay', '--port', String(port)]);
    other.close();
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(new RegExp(`^error: port ${port} on 127\\.0\\.0\\.1 is in use[^\\n]*\\n$`));
  });
});

it('what answers at once does not load WebRTC', () => {
  const trace = (args: string[]) =>
    spawnSync(process.execPath, [PROGRAM, ...args], {
      encoding: 'utf8',
      env: { ...process.env, NODE_DEBUG: 'esm,module', MYOWNMESH_HOME: newHome() },
    }).stderr;
  for (const args of [['--help'], ['ctl', 'status'], ['identity', 'show'], ['config', 'show']]) {
    expect(trace(args)).not.toContain('node_modules/werift');
  }
  expect(trace(['up', '--relay', 'http://x'])).toContain('node_modules/werift');
});
