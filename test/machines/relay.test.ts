import { expect, it } from 'vitest';
import { createActor } from 'xstate';
import { relayMachine } from '../../machines/relay.js';
import type { RelayEvent } from '../../machines/relay-events.js';
import { relayBackoffMs, relayTunables as t } from '../../machines/tunables.js';
import { VirtualClock } from '../../src/sim/virtual-clock.js';

/** The machine on virtual time with a host that writes down what it is asked to do. */
function start() {
  const clock = new VirtualClock();
  const done: string[] = [];
  const machine = relayMachine.provide({
    actions: {
      dial: ({ context }) => done.push(`dial ${context.spare || context.socket}`),
      subscribe: ({ context }) => done.push(context.split ? 'subscribe split' : 'subscribe'),
      ping: ({ context }) => done.push(`ping ${context.socket}`),
      admit: ({ context }) => done.push(`admit ${context.socket}`),
    },
  });
  const actor = createActor(machine, { clock, input: { url: 'ws://relay' } });
  actor.start();
  return {
    clock,
    send: (...events: RelayEvent[]) => {
      for (const event of events) actor.send(event);
    },
    /** What was asked since the last call. */
    done: () => done.splice(0),
    context: () => actor.getSnapshot().context,
    in: (state: string) => JSON.stringify(actor.getSnapshot().value).includes(state),
  };
}

const admit = (socket: number): RelayEvent[] => [
  { type: 'OPENED', socket },
  { type: 'SUBSCRIBED', socket },
];
const lost = (socket: number): RelayEvent => ({ type: 'LOST', socket, reason: 'reset' });

function admitted() {
  const relay = start();
  relay.send(...admit(1));
  relay.done();
  return relay;
}

it('subscribes first and is admitted by the answer', () => {
  const relay = start();
  relay.send(...admit(1));
  expect(relay.done()).toEqual(['dial 1', 'subscribe', 'admit 1']);
  expect(relay.in('idle')).toBe(true);
});

it('waits 2, 4, 8, 16, 32, 60, 60 s between failed dials', () => {
  const relay = start();
  const waits: number[] = [];
  for (let socket = 1; socket <= 7; socket += 1) {
    relay.send(lost(socket));
    waits.push(relay.clock.nextDue()! - relay.clock.now());
    relay.clock.advance(relay.clock.nextDue()! - relay.clock.now());
  }
  expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  expect(relayBackoffMs(1)).toBe(2_000);
});

it('starts the backoff anew only after ten quiet seconds of admission', () => {
  for (const [stayMs, attempt] of [
    [t.stableMs - 1, 2],
    [t.stableMs, 1],
  ] as const) {
    const relay = start();
    relay.send(lost(1));
    relay.clock.advance(2_000);
    relay.send(...admit(2));
    relay.clock.advance(stayMs);
    relay.send(lost(2));
    expect(relay.context().attempt).toBe(attempt);
  }
});

it('dials at once from backoff when asked to check', () => {
  const relay = start();
  relay.send(lost(1));
  relay.done();
  relay.send({ type: 'CHECK' });
  expect(relay.done()).toEqual(['dial 2']);
});

it('gives up a dial and a subscription that nobody answers', () => {
  const relay = start();
  relay.clock.advance(t.connectTimeoutMs);
  expect(relay.in('backoff')).toBe(true);
  relay.clock.advance(2_000);
  relay.send({ type: 'OPENED', socket: 2 });
  relay.clock.advance(t.admissionTimeoutMs);
  expect(relay.in('backoff')).toBe(true);
  expect(relay.context().attempt).toBe(2);
});

it('pings a quiet socket, and keeps it when it answers', () => {
  const relay = admitted();
  relay.clock.advance(t.pingIntervalMs);
  expect(relay.done()).toEqual(['ping 1']);
  relay.send({ type: 'PONG', socket: 1 });
  relay.clock.advance(t.pingTimeoutMs);
  expect(relay.in('idle')).toBe(true);
  expect(relay.done()).toEqual([]);
});

it('a check that goes unanswered for a second admits a second socket before the first is closed', () => {
  const relay = admitted();
  relay.send({ type: 'CHECK' });
  expect(relay.done()).toEqual(['ping 1']);
  relay.clock.advance(t.checkTimeoutMs);
  expect(relay.done()).toEqual(['dial 2', 'ping 1']);
  expect(relay.context()).toMatchObject({ socket: 1, spare: 2 });
  relay.send(...admit(2));
  expect(relay.done()).toEqual(['subscribe', 'admit 2']);
  expect(relay.context()).toMatchObject({ socket: 2, spare: 0, retiring: 1 });
  relay.send({ type: 'ANNOUNCED', socket: 2 });
  expect(relay.context()).toMatchObject({ socket: 2, retiring: 0 });
});

it('a late pong ends the replacement: a starved process judged too early', () => {
  const relay = admitted();
  relay.send({ type: 'CHECK' });
  relay.clock.advance(t.checkTimeoutMs);
  relay.send({ type: 'OPENED', socket: 2 }, { type: 'PONG', socket: 1 });
  expect(relay.in('idle')).toBe(true);
  expect(relay.context()).toMatchObject({ socket: 1, spare: 0 });
});

it('keeps the silent socket while the relay cannot be reached, and gives it up after the last attempt', () => {
  const relay = admitted();
  relay.send({ type: 'CHECK' });
  relay.clock.advance(t.checkTimeoutMs);
  for (let attempt = 1; attempt <= t.replaceAttempts; attempt += 1) {
    relay.send(lost(relay.context().spare));
    expect(relay.context()).toMatchObject({ socket: 1, attempt });
    relay.clock.advance(relayBackoffMs(attempt));
  }
  relay.send(lost(relay.context().spare));
  expect(relay.in('backoff')).toBe(true);
  expect(relay.context().socket).toBe(0);
});

it('a socket that breaks under a check is redialled at once, a quiet one after the backoff', () => {
  const checked = admitted();
  checked.send({ type: 'CHECK' }, lost(1));
  expect(checked.done()).toEqual(['ping 1', 'dial 2']);
  const quiet = admitted();
  quiet.send(lost(1));
  expect(quiet.in('backoff')).toBe(true);
});

it('a refused subscription is tried once in two parts', () => {
  const relay = start();
  relay.send({ type: 'OPENED', socket: 1 }, { type: 'REFUSED', socket: 1, reason: 'bad req' });
  expect(relay.done()).toEqual(['dial 1', 'subscribe', 'subscribe split']);
  relay.send({ type: 'REFUSED', socket: 1, reason: 'bad req' });
  expect(relay.in('backoff')).toBe(true);
  expect(relay.context()).toMatchObject({ split: false, reason: 'bad req' });
});

it('facts of a socket that is no longer named change nothing', () => {
  const relay = start();
  relay.send({ type: 'CHECK' });
  const before = relay.context();
  relay.send(...admit(1), lost(1), { type: 'PONG', socket: 1 }, { type: 'ANNOUNCED', socket: 1 });
  expect(relay.context()).toEqual(before);
  expect(relay.in('dialing')).toBe(true);
});
