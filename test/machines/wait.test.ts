/** Exactly one outcome, in bounded time, in any order of events. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createActor, fromPromise } from 'xstate';
import { type WaitEvent, waitMachine } from '../../machines/wait.js';

const LIMIT_TICKS = 3;
const TICK: WaitEvent = { type: 'TICK' };

/** `turn` ends the I/O turn that the machine waits for before it judges. */
function open() {
  let turn = () => {};
  const machine = waitMachine.provide({
    actors: {
      ioTurn: fromPromise<void>(
        () =>
          new Promise((resolve) => {
            turn = resolve;
          }),
      ),
    },
  });
  const actor = createActor(machine, { input: { limitMs: LIMIT_TICKS * 1_000 } });
  const outcomes: string[] = [];
  actor.subscribe({ complete: () => outcomes.push(actor.getSnapshot().context.expired ? 'expired' : 'settled') });
  actor.start();
  const send = (event: WaitEvent) => {
    if (outcomes.length === 0) actor.send(event);
  };
  const ticks = (count: number) => {
    for (let tick = 0; tick < count; tick += 1) send(TICK);
  };
  const endTurn = async () => {
    turn();
    await Promise.resolve();
    await Promise.resolve();
  };
  return { send, outcomes, ticks, endTurn };
}

it('expires with the tick after its limit, and not before the sockets were read', async () => {
  const { outcomes, ticks, endTurn } = open();
  ticks(LIMIT_TICKS);
  await endTurn();
  expect(outcomes).toEqual([]);
  ticks(1);
  expect(outcomes).toEqual([]);
  await endTurn();
  expect(outcomes).toEqual(['expired']);
});

it('an answer behind the last tick counts', async () => {
  const { send, outcomes, ticks, endTurn } = open();
  ticks(LIMIT_TICKS + 1);
  send({ type: 'SETTLED' });
  await endTurn();
  expect(outcomes).toEqual(['settled']);
});

it('a part of the answer gives the rest the whole time again, also at the last moment', async () => {
  const { send, outcomes, ticks, endTurn } = open();
  for (let part = 0; part < 5; part += 1) {
    ticks(LIMIT_TICKS + 1);
    send({ type: 'PROGRESS' });
    await endTurn();
  }
  expect(outcomes).toEqual([]);
  ticks(LIMIT_TICKS + 1);
  await endTurn();
  expect(outcomes).toEqual(['expired']);
});

it('any events in any order: one outcome, and none without time or a word', async () => {
  const event = fc.constantFrom<WaitEvent>(TICK, { type: 'PROGRESS' }, { type: 'SETTLED' });
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 30 }), async (events) => {
      const { send, outcomes, ticks, endTurn } = open();
      for (const each of events) send(each);
      const settled = events.some(({ type }) => type === 'SETTLED');
      expect(outcomes).toEqual(settled ? ['settled'] : []);
      ticks(LIMIT_TICKS + 1);
      await endTurn();
      expect(outcomes).toEqual([settled ? 'settled' : 'expired']);
    }),
  );
});

it('a part of the answer, read while it is judged, gives the rest the whole time again', async () => {
  const { ticks, send, endTurn, outcomes } = open();
  ticks(LIMIT_TICKS + 1);
  send({ type: 'PROGRESS' });
  ticks(LIMIT_TICKS);
  await endTurn();
  expect(outcomes).toEqual([]);
  send({ type: 'PROGRESS' });
  ticks(LIMIT_TICKS);
  await endTurn();
  expect(outcomes).toEqual([]);
  ticks(1);
  await endTurn();
  expect(outcomes).toEqual(['expired']);
});
