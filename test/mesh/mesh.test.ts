import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MeshEvent } from '../../src/mesh/api.js';
import type { Relay } from '../../src/relay/relay-server.js';
import { bothActive, closeAll, newIdentities, openMember, openPair, openRelay, until } from '../support/meshes.js';
import { Stranger } from '../support/stranger.js';

let relay: Relay;
beforeEach(async () => {
  relay = await openRelay();
});
afterEach(closeAll);

describe('two meshes of one room', () => {
  it.each(['smaller', 'larger'])('become active, the %s id coming first', async (first) => {
    const identities = newIdentities(2);
    if (first === 'larger') identities.reverse();
    const early = await openMember(relay, { identity: identities[0]! });
    await early.network.whenReady();
    const late = await openMember(relay, { identity: identities[1]! });
    await Promise.all([early.network.whenReady({ peer: late.id }), late.network.whenReady({ peer: early.id })]);
    for (const [us, them, label] of [
      [early, late, identities[1]?.label],
      [late, early, identities[0]?.label],
    ] as const) {
      expect(us.sees(them)).toMatchObject({
        deviceId: them.id,
        label,
        state: 'active',
        detail: 'active.steady',
        epoch: 1,
        authenticated: true,
        approvedByUs: true,
        approvedByThem: true,
        codeReceived: them.sees(us)?.codeSent,
        signs: true,
      });
      expect(us.network.peers()).toHaveLength(1);
      expect(us.network.roster.has(them.id)).toBe(true);
      expect(us.changes(them).map((change) => change.split(':')[0])).toEqual(['sighted', 'handshaking', 'active']);
    }
  });

  it('three of them: every pair', async () => {
    const members = await Promise.all(newIdentities(3).map((identity) => openMember(relay, { identity })));
    const [a, b, c] = members as [(typeof members)[0], (typeof members)[0], (typeof members)[0]];
    await Promise.all([bothActive(a, b), bothActive(b, c), bothActive(a, c)]);
    const heard: string[] = [];
    for (const [name, member] of [['b', b] as const, ['c', c] as const]) {
      member.network.channel<string>('all').subscribe(({ payload }) => heard.push(`${name} ${payload}`));
    }
    expect(a.network.channel('all').sendAll('hi')).toBe(2);
    await until(() => heard.length === 2);
    expect(heard.sort()).toEqual(['b hi', 'c hi']);
  });

  it('seven that start at once: no pair waits for another in a circle', async () => {
    const members = await Promise.all(newIdentities(7).map((identity) => openMember(relay, { identity })));
    await until(() =>
      members.every(({ network }) => network.peers().filter(({ state }) => state === 'active').length === 6),
    );
    const given = members.flatMap(({ events }) =>
      events.flatMap((event) => (event.type === 'peer' ? [event.reason] : [])),
    );
    expect(given).not.toContain('channel-never-opened');
  });

  it('other rooms of the same relay are other worlds', async () => {
    const [a, b] = await openPair(relay);
    const otherNetwork = await openMember(relay, { networkId: 'other' });
    const otherApp = await openMember(relay, { appId: 'somebody-elses-app' });
    const second = await a.mesh.join({
      networkId: 'other',
      relays: [relay.url],
      autoApprove: true,
      loopbackOnly: true,
    });
    await second.whenReady({ peer: otherNetwork.id });
    const heard: string[] = [];
    for (const network of [b.network, otherNetwork.network, otherApp.network]) {
      network.channel('chat').subscribe(({ payload }) => heard.push(`${network.id} ${payload}`));
    }
    expect(a.network.channel('chat').sendAll('to team')).toBe(1);
    expect(second.channel('chat').sendAll('to other')).toBe(1);
    await until(() => heard.length === 2);
    expect(heard.sort()).toEqual(['other to other', 'team to team']);
    expect([a.network, b.network, second, otherNetwork.network].map((network) => network.peers().length)).toEqual([
      1, 1, 1, 1,
    ]);
    expect(otherApp.network.peers()).toEqual([]);
    expect(a.mesh.networks().map(({ id }) => id)).toEqual(['team', 'other']);
  });
});

describe('the session is kept', () => {
  it.each(['suspend and resume', 'networkChanged'])('through %s', async (what) => {
    const [a, b] = await openPair(relay);
    if (what === 'networkChanged') a.mesh.networkChanged();
    else {
      a.mesh.suspend();
      a.mesh.resume();
    }
    const told = ['resume', 'network-changed'];
    await until(() => a.events.some((event) => event.type === 'announced' && told.includes(event.reason)));
    expect(a.events.some(({ type }) => type === 'woke')).toBe(what !== 'networkChanged');
    const heard: unknown[] = [];
    b.network.channel('chat').subscribe(({ payload }) => heard.push(payload));
    expect(a.network.channel('chat').send(b.id, 'still here').status).not.toBe('refused');
    await until(() => heard.length > 0);
    await until(() => a.sees(b)?.detail === 'active.steady');
    expect([a.sees(b)?.epoch, b.sees(a)?.epoch]).toEqual([1, 1]);
  });
});

describe('leaving', () => {
  it('says goodbye: the others drop us at once, as left, and never think us silent', async () => {
    const [a, b] = await openPair(relay);
    await b.network.leave();
    await until(() => a.changes(b).at(-1)?.startsWith('gone'));
    expect(a.changes(b).at(-1)).toBe('gone: left');
    expect(a.changes(b).join()).not.toMatch(/stale|redial/);
    expect(a.sees(b)).toBeUndefined();
    expect(b.mesh.networks()).toEqual([]);
  });

  it('and coming back works, in the same process too', async () => {
    const [a, b] = await openPair(relay);
    await b.network.leave();
    await until(() => a.sees(b) === undefined);
    const again = await b.mesh.join({
      networkId: 'team',
      relays: [relay.url],
      autoApprove: true,
      loopbackOnly: true,
    });
    await Promise.all([again.whenReady({ peer: a.id }), a.network.whenReady({ peer: b.id })]);
    expect(a.sees(b)?.epoch).toBe(2);
  });

  it('and its signed messages are still newer than those before it left', async () => {
    const b = await openMember(relay);
    const stranger = await Stranger.open(relay.url, b.network.room);
    const seqs = () =>
      stranger.heard
        .map((content) => JSON.parse(content))
        .filter(({ from }) => from === b.id)
        .map(({ wm }) => wm.seq);
    for (let round = 1; round <= 3; round += 1) {
      await until(() => seqs().length >= round * 2 - 1); // the announce
      await b.mesh.networks()[0]?.leave();
      await until(() => seqs().length >= round * 2);
      await b.mesh.join({ networkId: 'team', relays: [relay.url], loopbackOnly: true });
    }
    stranger.close();
    expect(seqs()).toEqual(seqs().toSorted((x, y) => x - y));
    expect(new Set(seqs()).size).toBe(seqs().length);
  });
});

describe('events', () => {
  it('are told by the network and by the mesh, with a reason for each change', async () => {
    const a = await openMember(relay);
    const seen: MeshEvent[] = [];
    const reading = (async () => {
      for await (const event of a.network.events()) seen.push(event);
    })();
    const b = await openMember(relay);
    await bothActive(a, b);
    await a.mesh.close();
    await reading; // closing ends the iteration
    expect(seen.every(({ network }) => network === 'team')).toBe(true);
    expect(a.events.slice(-seen.length)).toEqual(seen);
    const types = new Set(seen.map(({ type }) => type));
    expect([...types]).toEqual(expect.arrayContaining(['peer', 'authenticated', 'relay', 'announced']));
    const changes = seen.flatMap((event) => (event.type === 'peer' ? [event] : []));
    expect(changes.every(({ reason }) => /^[a-z-]+$/.test(reason))).toBe(true);
    expect(changes[0]).toMatchObject({ from: null, to: 'sighted' });
    expect(changes.at(-1)).toMatchObject({ to: 'gone', reason: 'closed' });
  });
});
