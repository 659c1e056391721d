import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { type LanEvent, lanMachine } from '../../machines/lan.js';
import { VirtualClock } from '../../src/sim/virtual-clock.js';

function start() {
  const clock = new VirtualClock();
  let calls: { what: string; atMs: number }[] = [];
  const note = (what: string) => () => void calls.push({ what, atMs: clock.now() });
  const machine = lanMachine.provide({
    actions: {
      open: note('open'),
      shut: note('shut'),
      followInterfaces: note('follow'),
      ask: note('ask'),
      advertise: note('advertise'),
      answer: note('answer'),
      sayGoodbye: note('goodbye'),
      tick: note('tick'),
      resurface: note('resurface'),
      report: (_, { phase }) => note(phase)(),
    },
  });
  const actor = createActor(machine, { clock }).start();
  return {
    clock,
    say: (event: LanEvent) => actor.send(event),
    snapshot: () => actor.getSnapshot(),
    /** What was done since the last look. */
    done: (...ignored: string[]) => {
      const seen = calls.filter(({ what }) => !ignored.includes(what));
      calls = [];
      return seen.map(({ what }) => what);
    },
    times: (what: string) => calls.filter((call) => call.what === what).map(({ atMs }) => atMs),
  };
}

function opened() {
  const lan = start();
  lan.say({ type: 'OPENED' });
  return lan;
}

describe('opening', () => {
  it('asks at once, and is not seen before it wants to be', () => {
    const { done, say } = start();
    expect(done()).toEqual(['dialing', 'open']);
    say({ type: 'OPENED' });
    expect(done()).toEqual(['admitted', 'ask']);
    say({ type: 'ASKED' });
    expect(done()).toEqual([]);
  });

  it('that fails is tried again after a minute, or when somebody checks', () => {
    const { clock, done, say } = start();
    say({ type: 'FAILED', reason: 'no network' });
    expect(done()).toEqual(['dialing', 'open', 'shut', 'backoff']);
    clock.advance(59_999);
    expect(done()).toEqual([]);
    clock.advance(1);
    say({ type: 'FAILED', reason: 'no network' });
    say({ type: 'CHECK' });
    expect(done()).toEqual(['dialing', 'open', 'shut', 'backoff', 'dialing', 'open']);
  });

  it('a network that is lost later is opened anew, and we are seen again only when we say so', () => {
    const { clock, done, say } = opened();
    say({ type: 'ANNOUNCE' });
    say({ type: 'FAILED', reason: 'lost' });
    clock.advance(60_000);
    say({ type: 'OPENED' });
    done();
    say({ type: 'ASKED' });
    clock.advance(10_000);
    expect(done('tick', 'ask')).toEqual([]);
  });

  it('closing leaves no timer', () => {
    const { clock, done, say } = opened();
    say({ type: 'ANNOUNCE' });
    say({ type: 'ASKED' });
    done();
    say({ type: 'CLOSE' });
    expect(done()).toEqual(['shut', 'closed']);
    expect(clock.pending).toBe(0);
  });
});

it('asks at doubling intervals up to about two minutes, and after a check from the start', () => {
  const { clock, say, times, done } = opened();
  clock.advance(400_000);
  const seconds = () => times('ask').map((ms) => ms / 1_000);
  expect(seconds()).toEqual([0, 1, 3, 7, 15, 31, 63, 127, 255, 383]);
  done();
  say({ type: 'CHECK' });
  clock.advance(7_000);
  expect(seconds().map((s) => s - 400)).toEqual([0, 1, 3, 7]);
});

describe('presence', () => {
  it('is advertised at each announce and once more a second after the last; a check advertises it anew', () => {
    const { clock, done, say } = opened();
    done();
    say({ type: 'ANNOUNCE' });
    clock.advance(900);
    say({ type: 'ANNOUNCE' });
    clock.advance(999);
    expect(done('tick', 'ask')).toEqual(['advertise', 'advertise']);
    clock.advance(1);
    expect(done('tick', 'ask')).toEqual(['advertise']);
    clock.advance(5_000);
    say({ type: 'ANNOUNCE' });
    clock.advance(5_000);
    expect(done('tick', 'ask')).toEqual(['advertise', 'advertise']);
    say({ type: 'CHECK' });
    clock.advance(5_000);
    expect(done('tick', 'ask')).toEqual(['follow', 'advertise', 'advertise']);
  });

  it('ends with a goodbye, whenever', () => {
    const { clock, done, say } = opened();
    for (const waitMs of [0, 5_000]) {
      say({ type: 'ANNOUNCE' });
      clock.advance(waitMs);
      done();
      say({ type: 'LEAVE' });
      say({ type: 'LEAVE' });
      say({ type: 'ASKED' });
      clock.advance(5_000);
      expect(done('tick', 'ask')).toEqual(['goodbye']);
    }
  });
});

it('answers all who ask within the delay at once, and again after a second at the earliest', () => {
  const { clock, say, times, done } = opened();
  say({ type: 'ANNOUNCE' });
  done();
  for (let i = 0; i < 100; i += 1) say({ type: 'ASKED' });
  clock.advance(120);
  expect(times('answer')).toEqual([120]);
  for (let ms = 0; ms < 5_000; ms += 10) {
    say({ type: 'ASKED' });
    clock.advance(10);
  }
  expect(times('answer')).toEqual([120, 1_240, 2_360, 3_480, 4_600]);
  clock.advance(60_000);
  expect(times('answer')).toHaveLength(6);
});

it('ages what is known every second, and tells of every neighbour each minute', () => {
  const { clock, times } = opened();
  clock.advance(120_000);
  expect(times('tick')).toHaveLength(120);
  expect(times('resurface')).toEqual([60_000, 120_000]);
  expect(times('follow')).toEqual([60_000, 120_000]);
});

it('says why it is where it is, and ends when it is closed', () => {
  const { clock, say, snapshot } = start();
  const reason = () => snapshot().context.reason;
  say({ type: 'FAILED', reason: 'no network' });
  expect(reason()).toBe('no network');
  say({ type: 'CHECK' });
  expect(reason()).toBe('check');
  say({ type: 'OPENED' });
  expect(reason()).toBe('open');
  say({ type: 'FAILED', reason: 'address lost' });
  expect(reason()).toBe('address lost');
  clock.advance(60_000);
  expect(reason()).toBe('retry');
  say({ type: 'CLOSE' });
  expect([snapshot().status, clock.pending]).toEqual(['done', 0]);
});

it('asks in short waits again once it is open again', () => {
  const { clock, done, say } = opened();
  clock.advance(10_000);
  say({ type: 'FAILED', reason: 'address lost' });
  say({ type: 'CHECK' });
  say({ type: 'OPENED' });
  done();
  clock.advance(1_000);
  expect(done('tick')).toEqual(['ask']);
});

it('answers anew after its rest, again with the delay', () => {
  const { clock, done, say } = opened();
  say({ type: 'ANNOUNCE' });
  clock.advance(1_000);
  say({ type: 'ASKED' });
  clock.advance(1_120);
  done();
  say({ type: 'ASKED' });
  clock.advance(119);
  expect(done('tick', 'ask')).toEqual([]);
  clock.advance(1);
  expect(done('tick', 'ask')).toEqual(['answer']);
});
