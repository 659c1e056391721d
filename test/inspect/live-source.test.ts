import { afterEach, expect, it } from 'vitest';
import { setup } from 'xstate';
import { LiveSource } from '../../src/inspect/live-source.js';
import { droppedCount } from '../../src/inspect/messages.js';
import { adopt } from '../../src/mesh/actors.js';
import {
  closeAll,
  isNetworkChange,
  type Member,
  newIdentities,
  openMember,
  openPair,
  openRelay,
  runtime,
  until,
} from '../support/meshes.js';
import { TestViewer } from './support/viewer.js';

afterEach(closeAll);

const sourceOf = (member: Member, more: { maxPerSecond?: number } = {}) =>
  new LiveSource({ mesh: member.mesh, label: () => 'desk', version: '0.0.0', runtime, ...more });

/** Counts who observes the actors of a member. */
function countObservers(member: Member): () => number {
  const { system } = member.mesh.roots().get('team')!;
  const { inspect } = system;
  let observers = 0;
  system.inspect = (observer) => {
    const subscription = inspect(observer);
    observers += 1;
    return {
      unsubscribe() {
        observers -= 1;
        subscription.unsubscribe();
      },
    };
  };
  return () => observers;
}

it('observes nothing before the first viewer and after the last one', async () => {
  const [a] = await openPair(await openRelay());
  const observers = countObservers(a);
  const source = sourceOf(a);
  expect([observers(), source.observed]).toEqual([0, 0]);
  const [first, second] = [source.connect(new TestViewer()), source.connect(new TestViewer())];
  expect([observers(), source.observed]).toEqual([1, 1]);
  first();
  expect(observers()).toBe(1);
  second();
  second();
  expect([observers(), source.observed]).toEqual([0, 0]);
});

it('tells a viewer that comes late of everything that lives, as it is now', async () => {
  const relay = await openRelay();
  const [a, b] = await openPair(relay);
  const viewer = new TestViewer();
  const end = sourceOf(a).connect(viewer);
  await until(() => viewer.of('wakemesh.delays').length > 0);
  const [mesh] = viewer.of('wakemesh.mesh');
  expect(viewer.messages[0]).toBe(mesh);
  expect(mesh).toMatchObject({ source: 'live', device: a.id, label: 'desk' });
  const [network] = mesh!.networks;
  expect(network!.relays).toEqual([{ url: relay.url, state: 'admitted' }]);
  expect(network!.peers).toMatchObject([{ device: b.id, state: 'active', path: 'local', waitsFor: null, signs: true }]);

  const actors = viewer.of('@xstate.actor');
  const node = actors.find(({ sessionId }) => sessionId === network!.sessionId)!;
  expect(node).toMatchObject({ name: 'node:team', _version: '0.7.2', id: null, rootId: node.sessionId });
  const peer = actors.find(({ sessionId }) => sessionId === network!.peers[0]!.sessionId)!;
  expect(peer).toMatchObject({ name: `peer:${b.id}`, parentId: node.sessionId, rootId: node.sessionId });
  expect(viewer.value(peer.name)).toEqual({ active: 'steady' });
  expect(JSON.parse(peer.definition)).toMatchObject({ id: 'peer', initial: 'sighted' });
  expect(viewer.value(`relay:${a.network.room.slice(0, 8)}:${relay.url}`)).toEqual({ admitted: 'idle' });
  const armed = viewer.of('wakemesh.delays').find(({ sessionId }) => sessionId === node.sessionId)!.armed;
  expect(armed.map(({ eventType }) => eventType)).toContain('xstate.after.SWEEP.node.sweeping.counting');
  end();
});

it('tells what happens, and never of an actor that was not introduced', async () => {
  const relay = await openRelay();
  const [first, second] = newIdentities(2);
  const a = await openMember(relay, { identity: first! });
  const viewer = new TestViewer();
  const end = sourceOf(a).connect(viewer);
  const b = await openMember(relay, { identity: second! });
  const name = `peer:${b.id}`;
  await until(() => JSON.stringify(viewer.value(name)) === '{"active":"steady"}');
  const told = viewer.of('wakemesh.peer').filter(({ peer }) => peer.device === b.id);
  expect(told.map(({ peer }) => peer.state)).toEqual(expect.arrayContaining(['sighted', 'handshaking', 'active']));
  expect(told.find(({ peer }) => peer.state === 'active')?.peer.reason).toBe('approved');
  const { sessionId } = viewer.of('@xstate.actor').find((actor) => actor.name === name)!;
  const approval = viewer.of('wakemesh.step').find((step) => step.guard === 'mutuallyApproved')!;
  expect(approval).toMatchObject({ sessionId, from: 'peer.handshaking.awaitingApproval', to: ['peer.active'] });

  await b.mesh.close();
  await until(() => viewer.of('wakemesh.peer').at(-1)?.peer.state === 'gone');
  await until(() =>
    viewer.of('@xstate.snapshot').some((is) => is.sessionId === sessionId && is.snapshot.status === 'done'),
  );

  const introduced = new Set<string>();
  for (const message of viewer.messages) {
    if (message.type === '@xstate.actor') introduced.add(message.sessionId);
    else if ('sessionId' in message) expect(introduced).toContain(message.sessionId);
  }
  end();
});

it('marks wakes, announces, probes, and says how a recovery spent its time', async () => {
  const [a, b] = await openPair(await openRelay());
  const viewer = new TestViewer();
  const end = sourceOf(a).connect(viewer);
  a.network.suspend();
  a.network.resume();
  await until(() => a.events.some((event) => event.type === 'woke') && a.sees(b)?.detail === 'active.steady');
  await until(() => viewer.of('wakemesh.mark').some(({ kind }) => kind === 'announce'));
  const marks = viewer.of('wakemesh.mark');
  expect(marks.find(({ kind }) => kind === 'wake')).toMatchObject({ network: 'team', cause: 'suspended' });
  expect(marks.find(({ kind }) => kind === 'announce')).toMatchObject({ network: 'team' });
  expect(marks.find(({ kind }) => kind === 'probe')).toMatchObject({ device: b.id, reason: 'woke' });
  end();
});

it('shows an actor whose action threw as failed', async () => {
  const [a] = await openPair(await openRelay());
  const viewer = new TestViewer();
  const end = sourceOf(a).connect(viewer);
  const faulty = setup({
    actions: {
      explode: () => {
        throw new Error('wires crossed');
      },
    },
  }).createMachine({ initial: 'calm', states: { calm: { on: { POKE: { actions: 'explode' } } } } });
  const actor = adopt(faulty, {
    parent: a.mesh.roots().get('team')!,
    id: 'faulty',
    input: undefined as never,
    ended: () => {},
  });
  actor.start();
  actor.send({ type: 'POKE' } as never);
  const failed = await until(() => viewer.of('@xstate.snapshot').find(({ snapshot }) => snapshot.status === 'error'));
  expect(failed.sessionId).toBe(actor.sessionId);
  expect(failed.snapshot.error).toEqual({ name: 'Error', message: 'wires crossed' });
  end();
});

it('leaves out what is too much, says how much, and repeats how everything stands', async () => {
  const [a, b] = await openPair(await openRelay());
  const viewer = new TestViewer();
  const end = sourceOf(a, { maxPerSecond: 5 }).connect(viewer);
  await until(() => viewer.of('@xstate.actor').length > 0);
  b.network.suspend();
  for (let i = 0; i < 20; i++) a.network.networkChanged();
  const marker = await until(() => viewer.messages.find((message) => droppedCount(message) !== undefined));
  expect(droppedCount(marker)).toBeGreaterThan(0);
  expect((marker as { sessionId?: string }).sessionId).toBe(a.mesh.roots().get('team')?.sessionId);
  b.network.resume();
  await until(() => a.sees(b)?.detail === 'active.steady');
  await until(() => JSON.stringify(viewer.value(`peer:${b.id}`)) === '{"active":"steady"}');
  end();
});

it('goes on with the missing when a viewer reads again', async () => {
  const [a, b] = await openPair(await openRelay());
  const viewer = new TestViewer();
  let reads = true;
  const end = sourceOf(a).connect({ send: (text) => reads && viewer.send(text) });
  await until(() => viewer.value(`peer:${b.id}`) !== undefined);
  reads = false;
  a.network.networkChanged();
  await until(() => a.events.some(isNetworkChange) && a.sees(b)?.detail === 'active.steady');
  const before = viewer.messages.length;
  reads = true;
  await until(() => viewer.messages.slice(before).some((message) => (droppedCount(message) ?? 0) > 0));
  const [picture] = viewer.messages.slice(before).filter((message) => message.type === 'wakemesh.mesh');
  expect(picture).toMatchObject({ networks: [{ peers: [{ device: b.id, detail: 'active.steady' }] }] });
  end();
});

it('follows networks that are joined and left while somebody watches', async () => {
  const relay = await openRelay();
  const a = await openMember(relay);
  const viewer = new TestViewer();
  const end = sourceOf(a).connect(viewer);
  const ids = () =>
    viewer
      .of('wakemesh.mesh')
      .at(-1)
      ?.networks.map(({ id }) => id);
  const other = await a.mesh.join({ networkId: 'other', relays: [relay.url], loopbackOnly: true });
  await until(() => ids()?.join() === 'team,other');
  await until(() => viewer.value('node:other') !== undefined);
  await other.leave();
  await until(() => ids()?.join() === 'team');
  end();
});
