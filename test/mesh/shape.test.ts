/** Real nodes in shaped, silent and listen-only networks. */
import { afterEach, describe, expect, it } from 'vitest';
import { edges, type Topology } from '../../src/mesh/topology.js';
import type { Relay } from '../../src/relay/relay-server.js';
import { closeAll, type Member, newIdentities, openMember, openRelay, until } from '../support/meshes.js';

afterEach(closeAll);

/** Everybody is exactly with those with whom the topology wants him. */
async function settled(members: Member[], topology: Topology): Promise<void> {
  const ids = members.map(({ id }) => id);
  await until(() =>
    members.every((member) => {
      const wanted = edges(topology, member.id, ids);
      return members.every((other) => {
        const detail = member.sees(other)?.detail;
        return member === other || (wanted(other.id) ? detail === 'active.steady' : detail === 'sighted.placeholder');
      });
    }),
  );
}

const shapes: [string, (ids: string[]) => Topology][] = [
  ['a ring', () => ({ kind: 'ring', n_preferred: 2 })],
  ['a star', ([, second]) => ({ kind: 'star', hub: second! })],
  ['hubs', ([first, , third]) => ({ kind: 'hubs', hubs: [first!, third!], spoke_redundancy: 1 })],
];

describe('six nodes', () => {
  it.each(shapes)('settle into %s', async (_, shape) => {
    const relay = await openRelay();
    const identities = newIdentities(6);
    const topology = shape(identities.map(({ deviceId }) => deviceId));
    const members = await Promise.all(identities.map((identity) => openMember(relay, { identity, topology })));
    await settled(members, topology);
  });
});

async function openThree(relay: Relay, topology: Topology = { kind: 'full_mesh' }): Promise<Member[]> {
  const members = await Promise.all(newIdentities(3).map((identity) => openMember(relay, { identity, topology })));
  await settled(members, { kind: 'full_mesh' });
  return members;
}

it('a topology set later shelves, prunes and, set back, connects again', async () => {
  const members = await openThree(await openRelay());
  const [hub, b, c] = members as [Member, Member, Member];
  const star: Topology = { kind: 'star', hub: hub.id };
  for (const { network } of members) network.topology = star;
  await settled(members, star);
  expect(b.network.topology).toEqual(star);
  expect(b.events.flatMap((event) => ('byUs' in event ? [`${event.type} by us: ${event.byUs}`] : [])).sort()).toEqual([
    'shelved by us: false',
    'shelved by us: true',
  ]);
  expect(b.changes(c).at(-1)).toBe('sighted: pruned');
  for (const { network } of members) network.topology = { kind: 'full_mesh' };
  await settled(members, { kind: 'full_mesh' });
});
