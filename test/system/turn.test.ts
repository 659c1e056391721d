/** Two machines that reach each other by way of a TURN server, through NATs, or not at all. */
import { afterEach, describe, expect, test } from 'vitest';
import { DemoMesh } from '../../src/cli/demo/mesh.js';
import { Coturn } from './support/coturn.js';
import { sendHarm } from './support/datagrams.js';
import { NamespaceHost } from './support/host.js';
import { expectSessionsKept, startMesh } from './support/interruption.js';
import { type Islands, makeHouses, makeIslands, removeNamespaces } from './support/namespaces.js';

let host: NamespaceHost | undefined;
let coturn: Coturn | undefined;

afterEach(async () => {
  await host?.close();
  await coturn?.close();
  removeNamespaces();
});

async function startIslands(): Promise<{ islands: Islands; turn: Coturn }> {
  const islands = makeIslands(2);
  coturn = await Coturn.start(islands.hub, islands.hubAddress);
  return { islands, turn: coturn };
}

function hostOn({ hub, hubAddress, machines }: Islands, network: object, env = {}): NamespaceHost {
  host = new NamespaceHost({ relay: { namespace: hub, address: hubAddress }, nodes: machines, network, env });
  return host;
}

describe.each(['udp', 'tcp', 'tls'] as const)('by way of TURN over %s', (transport) => {
  test('they connect, say how, and give their addresses on the server back', async () => {
    const { islands, turn } = await startIslands();
    const own = hostOn(islands, { turn_servers: [turn.server(transport)] }, turn.env);
    const { nodes } = await startMesh(own);
    const [a, b] = nodes as [(typeof nodes)[0], (typeof nodes)[0]];
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const { selected_pair, needs_turn, wakemesh } = await own.peer(from.process, to.deviceId);
      expect([selected_pair.local, selected_pair.remote]).toContain('relay');
      expect(needs_turn).toBe(false);
      expect(wakemesh.path.kind).toBe('turn');
      // Whose address on the server is used is a matter of milliseconds.
      if (selected_pair.local === 'relay') expect(wakemesh.path.turn).toBe(transport);
    }
    const given = turn.count(/ALLOCATE processed, success/);
    expect(given).toBeGreaterThanOrEqual(2);
    await Promise.all(nodes.map(({ process }) => own.terminate(process)));
    await turn.logged(/delete: realm|REFRESH processed, success/, given);
  });

  test('strangers with an address that the server lets through are not heard', async () => {
    const { islands, turn } = await startIslands();
    const own = hostOn(islands, { turn_servers: [turn.server(transport)] }, turn.env);
    const mesh = await startMesh(own);
    const [a, b] = mesh.nodes as [(typeof mesh.nodes)[0], (typeof mesh.nodes)[0]];
    const before = await mesh.epochs(mesh.pairs());
    const views = [await own.peer(a.process, b.deviceId), await own.peer(b.process, a.deviceId)];
    const relayed = views.filter(({ selected_pair }) => selected_pair.local === 'relay');
    const targets = relayed.map(({ wakemesh }) => wakemesh.path.local_address);
    expect(targets).not.toEqual([]);
    // The server lets in whatever comes from an IP address that it was told of, and both have one on the hub.
    expect(sendHarm(islands.hub, islands.hubAddress, [turn.stunAddress]), 'who is there answers').toBe(1);
    expect(sendHarm(islands.hub, islands.hubAddress, targets)).toBe(0);
    await mesh.traffic.bothWays();
    await mesh.allActive(10_000);
    expect(await mesh.epochs(mesh.pairs())).toEqual(before);
  });
});

test.each(['udp', 'tcp'] as const)(
  'a TURN server over %s that starts anew: the sessions are kept',
  async (transport) => {
    const { islands, turn } = await startIslands();
    const own = hostOn(islands, { turn_servers: [turn.server(transport)] });
    const mesh = await startMesh(own);
    await expectSessionsKept(mesh, async () => {
      await turn.close();
      coturn = await Coturn.start(islands.hub, islands.hubAddress);
    });
  },
);

test('each behind a NAT: what a STUN server says makes a path straight through', async () => {
  const houses = makeHouses(2);
  coturn = await Coturn.start(houses.hub, houses.hubAddress);
  const own = hostOn(houses, { stun_servers: [coturn.stun], turn_servers: [coturn.server('udp')] });
  const { nodes } = await startMesh(own);
  const [a, b] = nodes as [(typeof nodes)[0], (typeof nodes)[0]];
  const { selected_pair, wakemesh } = await own.peer(a.process, b.deviceId);
  expect(wakemesh.path).toMatchObject({ kind: 'stun', turn: null });
  expect([selected_pair.local, selected_pair.remote]).not.toContain('relay');
});

test('no server at all: each says once, in plain words, what it takes', async () => {
  const own = hostOn(makeIslands(2), {});
  const { nodes } = await DemoMesh.start(2, own, console.log);
  const [a, b] = nodes as [(typeof nodes)[0], (typeof nodes)[0]];
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    const needsTurn = async () => (await own.peer(from.process, to.deviceId))?.needs_turn;
    await expect.poll(needsTurn, { timeout: 60_000 }).toBe(true);
    const told = 'no direct path was found: it takes a TURN server, and none is configured here (turn_servers)';
    expect(own.log(from.process).split(told).length - 1).toBe(1);
  }
});
