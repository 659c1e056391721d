/** Real nodes in shaped, silent and listen-only networks. */
import { afterEach, describe, expect, it } from 'vitest';
import { tunables } from '../../machines/tunables.js';
import { edges, type Topology } from '../../src/mesh/topology.js';
import type { Relay } from '../../src/relay/relay-server.js';
import { bothActive, closeAll, type Member, newIdentities, openMember, openRelay, until } from '../support/meshes.js';

// Links that both ends have shelved close at once: the wait is the machine's, and tested there.
Object.assign(tunables, { pruneTicks: 1 });

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
    await reachEachOther(members, topology);
  });
});

/** Once each, from whoever said it, with the name of whoever handed it over where that is somebody else. */
async function reachEachOther(members: Member[], topology: Topology): Promise<void> {
  const heard: string[] = [];
  const name = new Map(members.map(({ id }, index) => [id, index]));
  const ids = members.map(({ id }) => id);
  const isStraight = (from: Member, to: Member) => edges(topology, from.id, ids)(to.id);
  const word = (payload: string, from: Member, to: Member, straight: boolean) =>
    `${payload} ${name.get(from.id)}→${name.get(to.id)} ${straight ? 'straight' : 'handed on'}`;
  for (const to of members) {
    to.network.channel<string>('c').subscribe(({ from, payload, via }) => {
      heard.push(word(payload, members[name.get(from)!]!, to, via === undefined));
    });
  }
  const pairs = members.flatMap((from) => members.filter((to) => to !== from).map((to) => [from, to] as const));
  for (const [from, to] of pairs) {
    expect(from.network.channel('c').send(to.id, 'one')).toEqual({ status: 'sent' });
  }
  for (const from of members) {
    const straight = members.filter((to) => to !== from && isStraight(from, to)).length;
    expect(from.network.channel('c').sendAll('all')).toBe(straight);
  }
  await until(() => heard.length >= 2 * pairs.length);
  const expected = pairs.flatMap(([from, to]) => ['one', 'all'].map((payload) => word(payload, from, to, true)));
  const ends = (line: string) => line.replace(/ (straight|handed on)$/, '');
  expect(heard.map(ends).sort()).toEqual(expected.map(ends).sort());
  const one = heard.filter((line) => line.startsWith('one')).sort();
  expect(one).toEqual(pairs.map(([from, to]) => word('one', from, to, isStraight(from, to))).sort());
}

async function openThree(relay: Relay, topology: Topology = { kind: 'full_mesh' }): Promise<Member[]> {
  const members = await Promise.all(newIdentities(3).map((identity) => openMember(relay, { identity, topology })));
  await settled(members, { kind: 'full_mesh' });
  return members;
}

it('a topology set later shelves, prunes and, set back, connects again', async () => {
  const members = await openThree(await openRelay());
  const [hub, b, c] = members as [Member, Member, Member];
  const star: Topology = { kind: 'star', hub: hub.id };

  b.network.topology = star;
  await until(() => b.sees(c)?.shelvedByUs && c.sees(b)?.shelvedByThem);
  expect([b.sees(c)?.detail, c.sees(b)?.detail]).toEqual(['active.shelved', 'active.steady']);
  expect(c.network.channel('c').sendAll('to all'), 'as upstream: not to who has shelved us').toBe(1);
  b.network.topology = { kind: 'full_mesh' };
  await until(() => !c.sees(b)?.shelvedByThem);
  expect(c.network.channel('c').sendAll('to all')).toBe(2);

  for (const { network } of members) network.topology = star;
  await settled(members, star);
  expect(b.network.topology).toEqual(star);
  expect(b.events.flatMap((event) => ('byUs' in event ? [`${event.type} by us: ${event.byUs}`] : [])).sort()).toEqual([
    'shelved by us: false',
    'shelved by us: true',
    'shelved by us: true',
    'unshelved by us: true',
  ]);
  expect(b.changes(c).at(-1)).toBe('sighted: pruned');
  for (const { network } of members) network.topology = { kind: 'full_mesh' };
  await settled(members, { kind: 'full_mesh' });
});

/** Whatever has been said in the room until now has arrived, and nobody waits for anything. */
const quiet = () => new Promise((resolve) => setTimeout(resolve, tunables.offerWaitMs + 200));

it('spokes that one of them pins stay together; unpinned, they part', async () => {
  const relay = await openRelay();
  const identities = newIdentities(3);
  const topology: Topology = { kind: 'star', hub: identities[2]!.deviceId };
  const [a, b, hub] = (await Promise.all(identities.map((identity) => openMember(relay, { identity, topology })))) as [
    Member,
    Member,
    Member,
  ];
  await settled([a, b, hub], topology);

  b.network.pin(a.id);
  await until(() => b.sees(a)?.detail === 'active.steady' && b.sees(a)?.shelvedByThem);
  expect(b.sees(a)).toMatchObject({ pinned: true, shelvedByUs: false });
  expect(a.sees(b)).toMatchObject({ state: 'active', detail: 'active.shelved', shelvedByUs: true, pinned: false });
  const heard = new Map<string, string | undefined>();
  a.network.channel<string>('c').subscribe(({ payload, via }) => heard.set(payload, via));
  expect(b.network.channel('c').sendAll('to all')).toBe(1);
  expect(b.network.channel('c').send(a.id, 'to one')).toEqual({ status: 'sent' });
  await until(() => heard.size === 2);
  expect(Object.fromEntries(heard)).toEqual({ 'to all': hub.id, 'to one': undefined });

  b.network.unpin(a.id);
  await settled([a, b, hub], topology);
});

describe('a silent network', () => {
  it('sees, lists and dials nobody until asked, in either id order, and then stays connected', async () => {
    const relay = await openRelay();
    const [a, b, c] = (await Promise.all(
      newIdentities(3).map((identity) => openMember(relay, { identity, silent: true })),
    )) as [Member, Member, Member];
    await until(() => [a, b, c].every(({ network }) => network.peers().length === 2));
    await quiet();
    for (const { network } of [a, b, c]) {
      expect(network.peers().map(({ detail, epoch }) => [detail, epoch])).toEqual(
        Array(2).fill(['sighted.placeholder', 0]),
      );
    }
    a.network.dial(b.id);
    c.network.dial(b.id);
    await Promise.all([bothActive(a, b), bothActive(b, c)]);
    expect([a.changes(b)[1], c.changes(b)[1]]).toEqual(['handshaking: channel-open', 'handshaking: channel-open']);
    expect(a.sees(c)?.detail).toBe('sighted.placeholder');
  });

  it('dials whom it pinned as soon as he is there', async () => {
    const relay = await openRelay();
    const [early, late] = newIdentities(2);
    const a = await openMember(relay, { identity: early!, silent: true, pinned: [late!.deviceId] });
    const b = await openMember(relay, { identity: late!, silent: true });
    await bothActive(a, b);
  });
});

describe('who only listens', () => {
  it('sees the others, is not seen, is answered when it dials, and goes without a word', async () => {
    const relay = await openRelay();
    const [small, middle, large] = newIdentities(3);
    const listeners = await Promise.all(
      [small!, large!].map((identity) => openMember(relay, { identity, listenOnly: true })),
    );
    const speaker = await openMember(relay, { identity: middle! });
    await until(() => listeners.every((listener) => listener.sees(speaker)));
    await quiet();
    expect(speaker.network.peers()).toEqual([]);
    expect(listeners.map((listener) => listener.sees(speaker)?.detail)).toEqual(Array(2).fill('sighted.placeholder'));
    for (const listener of listeners) {
      listener.network.dial(speaker.id);
      await bothActive(listener, speaker);
      expect(listener.events.some(({ type }) => type === 'announced')).toBe(false);
    }
    await listeners[0]!.network.leave();
    await until(() => speaker.sees(listeners[0]!)?.state !== 'active');
    expect(speaker.changes(listeners[0]!).at(-1)).toBe('sighted: channel-closed');
  });
});

it('a dial names a device that is another one, and a topology hubs that are devices', async () => {
  const relay = await openRelay();
  const { network, id } = await openMember(relay);
  expect(() => network.dial(id)).toThrow(/is this device itself/);
  expect(() => network.dial('nobody')).toThrow(/"nobody" is not a device id/);
  expect(() => network.pin('nobody')).toThrow(/"nobody" is not a device id/);
  expect(() => {
    network.topology = { kind: 'star', hub: 'nobody' };
  }).toThrow(/hub "nobody" is not a device id/);
  await expect(openMember(relay, { topology: { kind: 'hubs', hubs: [] } })).rejects.toThrow(/at least one hub/);
});
