/** Topology, pins and silent networks over the control socket, against what upstream answered and told. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  cleanUp,
  type DaemonProcess,
  type EventStream,
  networkConfig,
  runProgram,
  startDaemon,
  startProgram,
} from '../support/daemon.js';
import { readJsonLines } from '../support/jsonl.js';

const recorded = readJsonLines<{ name: string; request?: string; response: string; line?: string }>(
  'control-socket/topology.jsonl',
);

interface Node {
  daemon: DaemonProcess;
  id: string;
  events: EventStream;
}

let nodes: Node[];
beforeAll(async () => {
  const program = startProgram(['relay', '--port', '0']);
  const relay = /ws:\S+/.exec(await program.said(/ws:\S+\n/))?.[0] as string;
  const networks = [networkConfig('ops', relay), networkConfig('quiet', relay, { kind: 'silent' })];
  nodes = await Promise.all(
    [1, 2, 3].map(async () => {
      const daemon = await startDaemon({ config: { networks } });
      return { daemon, id: (await daemon.ask('identity_show')).pubkey, events: await daemon.events() };
    }),
  );
  nodes.sort((a, b) => (a.id < b.id ? -1 : 1));
});
afterAll(cleanUp);

async function statuses({ daemon }: Node, network: string): Promise<Record<string, string>> {
  const { peers } = await daemon.ask('peers_list', { network });
  return Object.fromEntries(peers.map((peer: { device_id: string; status: string }) => [peer.device_id, peer.status]));
}

const sees = (node: Node, other: () => Node, network: string) =>
  expect.poll(async () => (await statuses(node, network))[other().id], { timeout: 20_000 });

const saved = ({ daemon }: Node, network: string) =>
  JSON.parse(readFileSync(join(daemon.home, 'config.json'), 'utf8')).networks.find(
    ({ id }: { id: string }) => id === network,
  );

describe('a star, set while all are connected', () => {
  it("shelves and prunes the link of the spokes, with upstream's events in its order", async () => {
    const [b, hub, c] = nodes as [Node, Node, Node];
    await sees(b, () => c, 'ops').toBe('active');
    await sees(b, () => hub, 'ops').toBe('active');
    await sees(c, () => hub, 'ops').toBe('active');
    for (const { daemon } of nodes) {
      const star = { network: 'ops', topology: 'star', hub: hub.id };
      expect(await daemon.ask('topology_set', star)).toEqual({ topology: 'star' });
    }
    const told = recorded.filter(({ line }) => line).map(({ line }) => JSON.parse(line as string).event);
    const ours: object[] = [];
    while (ours.length < told.length) {
      const { event } = await b.events.find(
        ({ kind, event: { event_kind, device_id } = {} }) =>
          kind === 'event' && event_kind === 'peer' && device_id === c.id,
      );
      if (ours.length > 0 || event.kind === 'shelved') ours.push(event);
    }
    const both = (event: object) => ({ ...event, network_id: 'ops', device_id: c.id });
    // Who is first to shelve is a matter of milliseconds.
    const byUsFirst = ours.sort((x, y) => Number('by_us' in y && y.by_us) - Number('by_us' in x && x.by_us));
    expect(byUsFirst).toEqual(told.map(both));
    await sees(b, () => hub, 'ops').toBe('active');
    const { networks } = await b.daemon.ask('networks_list');
    expect(networks[0]).toMatchObject({ config_id: 'ops', phase: 'active', topology: { kind: 'star', hub: hub.id } });
  });

  it('and it is saved', async () => {
    const [b, hub] = nodes as [Node, Node];
    expect(saved(b, 'ops').topology).toEqual({ kind: 'star', hub: hub.id });
    expect(saved(b, 'ops').stun_servers).toEqual([]);
    const { config } = await b.daemon.ask('config_show');
    expect(config.networks[0].topology).toEqual({ kind: 'star', hub: hub.id });
  });
});

describe('network_reconnect', () => {
  it('renews the path of the session that there is: to one peer by ctl, to all by the op', async () => {
    const [b, hub] = nodes as [Node, Node];
    const epoch = async () => {
      const { peers } = await b.daemon.ask('peers_list', { network: 'ops' });
      return peers.find(({ device_id }: { device_id: string }) => device_id === hub.id).wakemesh.epoch;
    };
    const isRecovery = ({ kind, event }: { kind: string; event?: { type?: string; peer?: { deviceId: string } } }) =>
      kind === 'wakemesh' && event?.type === 'recovered' && event.peer?.deviceId === hub.id;
    const before = await epoch();
    const { stdout } = await runProgram(['ctl', 'networks', 'reconnect', 'ops', '--peer', hub.id], {
      home: b.daemon.home,
    });
    expect(JSON.parse(stdout)).toEqual({ reconnecting: 'ops' });
    expect((await b.events.find(isRecovery)).event).toMatchObject({ via: 'restart' });
    expect(await b.daemon.ask('network_reconnect', { network: 'ops' })).toEqual({ reconnecting: 'ops' });
    expect((await b.events.find(isRecovery)).event).toMatchObject({ via: 'restart' });
    expect(await epoch()).toBe(before);
  });

  it('refuses what is no device id', async () => {
    const answer = await nodes[0]!.daemon.control({ op: 'network_reconnect', network: 'ops', peer: 'nobody' });
    expect(answer).toMatchObject({ ok: false, error: expect.stringContaining('device id "nobody"') });
  });
});

describe('a silent network', () => {
  it('lists and does not connect; a dial does, and waits if asked to', async () => {
    const [a, b] = nodes as [Node, Node];
    await sees(b, () => a, 'quiet').toBe('sighted');
    const dial = { network: 'quiet', peer: a.id, wait_ms: 20_000 };
    expect(await b.daemon.ask('network_connect_peer', dial)).toEqual({
      connecting: a.id,
      network: 'quiet',
      pinned: false,
      active: true,
    });
    await sees(a, () => b, 'quiet').toBe('active');
    expect(await b.daemon.ask('network_connect_peer', { network: 'quiet', peer: a.id })).toMatchObject({
      active: false,
    });
  });

  it('dials its pins again after a restart', async () => {
    const [a, , c] = nodes as [Node, Node, Node];
    const connect = ['ctl', 'networks', 'connect', 'quiet', a.id, '--pin', '--wait-ms', '20000'];
    const { code, stdout } = await runProgram(connect, { home: c.daemon.home });
    expect([code, JSON.parse(stdout)]).toEqual([0, { connecting: a.id, network: 'quiet', pinned: true, active: true }]);
    expect(saved(c, 'quiet').pinned_peers).toEqual([a.id]);
    expect(await c.daemon.stop()).toBe(0);
    c.daemon = await startDaemon({ home: c.daemon.home });
    await sees(c, () => a, 'quiet').toBe('active');
    const { peers } = await c.daemon.ask('peers_list', { network: 'quiet' });
    expect(peers.find((peer: { device_id: string }) => peer.device_id === a.id).wakemesh.pinned).toBe(true);

    const unpin = await runProgram(['ctl', 'networks', 'unpin', 'quiet', a.id], { home: c.daemon.home });
    expect([unpin.code, saved(c, 'quiet').pinned_peers]).toEqual([0, []]);
  });

  it('says of a dial that it is still pending', async () => {
    const [a] = nodes as [Node];
    const nobody = 'a'.repeat(52);
    const answer = await a.daemon.control({ op: 'network_connect_peer', network: 'quiet', peer: nobody, wait_ms: 100 });
    expect(answer.error).toBe(`network: connect to ${nobody} still pending after 100ms (the dial keeps going)`);
  });
});

describe('topology_set', () => {
  /** Upstream takes any text for a hub, and everybody is alone then. */
  const STRICTER: Record<string, string> = { 'topology_set star hub=': 'topology: hub "" is not a device id' };

  it.each(recorded.filter(({ request }) => request))('$name', async ({ name, request, response }) => {
    const answer = await nodes[1]!.daemon.control(request as string);
    const { ok, data, error } = JSON.parse(response);
    if (STRICTER[name] !== undefined) expect(answer.error).toContain(STRICTER[name]);
    else expect(answer).toEqual(ok ? { ok, data } : { ok, error });
  });

  it('by ctl', async () => {
    const { home } = nodes[2]!.daemon;
    const set = ['ctl', 'networks', 'topology', 'ops', 'hubs', '--hub', `${nodes[0]!.id},${nodes[1]!.id}:1`];
    expect(JSON.parse((await runProgram(set, { home })).stdout)).toEqual({ topology: 'hubs' });
    expect(saved(nodes[2]!, 'ops').topology).toEqual({
      kind: 'hubs',
      hubs: [nodes[0]!.id, nodes[1]!.id],
      spoke_redundancy: 1,
    });
    const wrong = await runProgram(['ctl', 'networks', 'connect', 'ops', 'x', '--wait-ms', 'abc'], { home });
    expect(wrong.code).toBe(2);
    expect((await runProgram(['ctl', 'networks', 'connect', 'ops', 'x'], { home })).code).toBe(1);
  });
});
