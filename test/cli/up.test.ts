import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { harmless } from '../../src/cli/terminal.js';
import { cleanUp, type Program, runProgram, startProgram } from '../support/daemon.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wakemesh-up-'));
});
afterEach(async () => {
  await cleanUp();
  rmSync(folder, { recursive: true, force: true });
});

/** `up` as in an empty user folder; `npm start` is how the user called it. */
function up(...args: string[]): Program {
  return startProgram(['up', ...args], { env: { HOME: folder, npm_lifecycle_event: 'start' } });
}

/** The line it tells the user to type, as arguments. */
async function nextArguments(program: Program): Promise<string[]> {
  const said = await program.said('Ctrl-C ends.');
  const line = /npm start -- (.*)/.exec(said)?.[1] as string;
  return line.split(' ').map((word) => word.replace(/^~/, folder));
}

function configOf(name: string) {
  return JSON.parse(readFileSync(join(folder, name, 'config.json'), 'utf8'));
}

it('the line it prints brings a second node, and the two talk', async () => {
  const first = up();
  const args = await nextArguments(first);
  expect(args).toEqual([
    '--home',
    join(folder, '.wakemesh-2'),
    '--network',
    expect.stringMatching(/^[a-z0-9]{8}$/),
    '--relay',
    expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+$/),
  ]);
  const second = up(...args);
  await Promise.all([first.said('is here'), second.said('is here')]);
  first.child.stdin?.write('hello from one\n');
  await second.said(/[a-z2-7]{6}….{4}: hello from one\n/);
  second.child.stdin?.write('and from two\n');
  await first.said(/: and from two\n/);

  const ctl = await runProgram(['ctl', 'networks'], { home: join(folder, '.wakemesh') });
  expect(JSON.parse(ctl.stdout).networks[0]).toMatchObject({ network_id: args[3], phase: 'active' });

  second.child.kill('SIGINT');
  expect(await second.exited).toBe(0);
  await first.said(/- .* is gone \(left\)/);
  first.child.stdin?.end(); // a pipe that ends is no reason to leave the mesh
  expect((await runProgram(['ctl', 'status'], { home: join(folder, '.wakemesh') })).code).toBe(0);
  first.child.kill('SIGTERM');
  expect(await first.exited).toBe(0);
});

describe('its home', () => {
  it('contacts nothing that was not chosen, and is the same the next time', async () => {
    const first = up();
    await nextArguments(first);
    const before = configOf('.wakemesh');
    expect(before.networks[0]).toMatchObject({
      signaling: { servers: [`ws://127.0.0.1:${before.services.signaling.port}`], mdns: false, public_fallback: false },
      stun_servers: [],
      turn_servers: [],
      auto_approve: true,
      wakemesh: { loopback_only: true },
    });
    expect(before.services.signaling).toMatchObject({ enabled: true, bind: '127.0.0.1' });
    first.child.kill('SIGTERM');
    await first.exited;
    await nextArguments(up());
    expect(configOf('.wakemesh')).toEqual(before);
  });

  it('a second one on the same home names the holder and changes nothing', async () => {
    const first = up();
    await nextArguments(first);
    const before = configOf('.wakemesh');
    const second = up();
    expect(await second.exited).toBe(1);
    expect(second.stderr()).toMatch(new RegExp(`^error: [^\\n]* is in use by process ${first.pid};[^\\n]*\\n$`));
    expect(configOf('.wakemesh')).toEqual(before);
  });

  it('takes the next port when the remembered one is in use, and remembers that', async () => {
    const first = up();
    await nextArguments(first);
    const { port } = configOf('.wakemesh').services.signaling;
    first.child.kill('SIGTERM');
    await first.exited;
    const other: Server = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    const args = await nextArguments(up());
    other.close();
    const moved = configOf('.wakemesh');
    expect(moved.services.signaling.port).toBeGreaterThan(port);
    expect(args.at(-1)).toBe(`ws://127.0.0.1:${moved.services.signaling.port}`);
  });

  it('with networks of its own is served as it is', async () => {
    const home = join(folder, 'own');
    const listener = createServer().listen(0, '127.0.0.1'); // a relay that never answers
    await once(listener, 'listening');
    const relay = `ws://127.0.0.1:${(listener.address() as AddressInfo).port}`;
    const own = {
      networks: [
        {
          id: 'n',
          network_id: 'mine',
          signaling: { mdns: false, servers: [relay] },
          stun_servers: [],
          turn_servers: [],
        },
      ],
    };
    await runProgram(['identity', 'show'], { home });
    writeFileSync(join(home, 'config.json'), JSON.stringify(own));
    expect(await up('--home', home).said('Ctrl-C ends.')).toContain('network  mine');
    listener.close();
    expect(JSON.parse(readFileSync(join(home, 'config.json'), 'utf8'))).toEqual(own);
  });

  it.each([
    [['--network', 'x!'], 'the network id is shorter'],
    [['--relay', 'http://h'], '--relay http://h: expected an address that begins with ws:// or wss://'],
  ])('%j is refused in one line', async (args, problem) => {
    const program = up(...args);
    expect(await program.exited).toBe(1);
    expect(program.stderr()).toMatch(/^error: [^\n]*\n$/);
    expect(program.stderr()).toContain(problem);
  });
});

it('--lan asks before it admits, showing both codes', async () => {
  const host = up('--lan');
  const args = await nextArguments(host);
  expect(args.slice(0, 1).concat(args.slice(2))).toEqual([
    '--network',
    '--relay',
    expect.stringMatching(/^ws:/),
    '--lan',
  ]);
  const { services, networks } = configOf('.wakemesh');
  expect(services.signaling.bind).toBe('0.0.0.0');
  expect(networks[0]).toMatchObject({ auto_approve: false, wakemesh: { loopback_only: false } });

  // The second machine is played by this one, through the loopback.
  const relay = `ws://127.0.0.1:${services.signaling.port}`;
  const guest = up('--home', join(folder, 'guest'), '--network', args[1] as string, '--relay', relay, '--lan');
  const question = /approve \S+\? it shows code ([a-z0-9]{6}), you show code ([a-z0-9]{6}) \[y\/N\]/;
  const [, guestCode, hostCode] = question.exec(await host.said(question)) as RegExpExecArray;
  const [, theirs, ours] = question.exec(await guest.said(question)) as RegExpExecArray;
  expect([theirs, ours]).toEqual([hostCode, guestCode]);
  host.child.stdin?.write('y\n');
  guest.child.stdin?.write('y\n');
  await Promise.all([host.said('is here'), guest.said('is here')]);
});

it('text of strangers cannot drive the terminal', () => {
  expect(harmless('a\u001b[31mb\r\nc\u202ed\u0007')).toBe('a [31mb  c d ');
  expect(harmless('x'.repeat(9_999))).toHaveLength(2_000);
});
