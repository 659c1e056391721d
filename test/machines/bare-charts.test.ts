/** The charts as they are, without a host: what they are called, begin with, need and end with. */
import { expect, it } from 'vitest';
import { createActor } from 'xstate';

/** Inside a test: a chart that cannot be built is then a failed test, not a file without tests, which no one counts. */
const charts = () => import('../../machines/index.js');
const PEER = { id: 'peer', offersFirst: true, lastEpoch: 3 };
const turn = async () => {
  for (let i = 0; i < 8; i += 1) await Promise.resolve();
};

it('each chart can be built and has its name, by which its states are found', async () => {
  const { fallbackMachine, lanMachine, nodeMachine, outflowMachine, peerMachine, relayMachine, waitMachine } =
    await charts();
  const machines = [fallbackMachine, lanMachine, nodeMachine, outflowMachine, peerMachine, relayMachine, waitMachine];
  expect(machines.map(({ id }) => id)).toEqual(['fallback', 'lan', 'node', 'outflow', 'peer', 'relay', 'wait']);
});

it('a chart begins with what it knows: nothing', async () => {
  const { lanMachine, peerMachine, relayMachine } = await charts();
  expect(createActor(lanMachine).getSnapshot().context).toEqual({
    asked: 0,
    askedAgain: false,
    isPresent: false,
    reason: 'start',
  });
  expect(createActor(relayMachine, { input: { url: 'ws://relay' } }).getSnapshot().context.reason).toBe('start');
  const peer = createActor(peerMachine, { input: PEER }).getSnapshot().context;
  expect(peer).toMatchObject({ id: 'peer', lastEpoch: 3, dials: true, keeps: true, reason: 'sighted' });
});

it('an I/O turn that no host provides passes at once', async () => {
  const { nodeMachine, peerMachine, tunables, waitMachine } = await charts();
  const node = createActor(nodeMachine).start();
  node.send({ type: 'NETWORK_CHANGED' });
  const wait = createActor(waitMachine, { input: { limitMs: 0 } }).start();
  wait.send({ type: 'TICK' });
  const peer = createActor(peerMachine, { input: PEER }).start();
  peer.send({ type: 'OFFER', boot: 1, key: 1, names: 'none' });
  peer.send({ type: 'OPENED', epoch: 4 });
  peer.send({ type: 'AUTHENTICATED', epoch: 4, boot: 1, signs: true, admit: true });
  peer.send({ type: 'APPROVE_SENT', epoch: 4 });
  peer.send({ type: 'THEY_APPROVED', epoch: 4 });
  for (let i = 0; i < tunables.staleTicks; i += 1) peer.send({ type: 'TICK', silent: true });
  await turn();
  expect(node.getSnapshot().value.attention).toBe('sampling');
  expect(wait.getSnapshot().value).toBe('expired');
  expect(peer.getSnapshot().value).toEqual({ stale: 'probing' });
  for (const actor of [node, peer]) actor.stop();
});

it('a chart that ends says how', async () => {
  const { peerMachine, waitMachine } = await charts();
  const peer = createActor(peerMachine, { input: PEER }).start();
  peer.send({ type: 'REMOVE' });
  expect(peer.getSnapshot().output).toEqual({ id: 'peer', reason: 'removed', lastEpoch: 3 });
  const settled = createActor(waitMachine, { input: { limitMs: 0 } }).start();
  settled.send({ type: 'SETTLED' });
  expect(settled.getSnapshot().output).toEqual({ expired: false });
  const expired = createActor(waitMachine, { input: { limitMs: 0 } }).start();
  expired.send({ type: 'TICK' });
  await turn();
  expect(expired.getSnapshot().output).toEqual({ expired: true });
});
