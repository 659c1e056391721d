import { describe, expect, it } from 'vitest';
import { InboundQueue } from '../../src/signaling/inbound-queue.js';
import { Narrowing } from '../../src/signaling/narrowing.js';
import { OutboundBuffer } from '../../src/signaling/outbound-buffer.js';
import { Outflow } from '../../src/signaling/outflow.js';
import { SeenRing } from '../../src/signaling/seen-ring.js';
import { VirtualClock } from '../../src/sim/virtual-clock.js';
import { ManualRuntime } from './support/manual-runtime.js';
import { startParent } from './support/node.js';

it('SeenRing forgets the oldest, and a hit does not refresh', () => {
  const ring = new SeenRing(2);
  expect([ring.add('a'), ring.add('b'), ring.add('a'), ring.add('c')]).toEqual([true, true, false, true]);
  expect(['a', 'b', 'c'].map((key) => ring.has(key))).toEqual([false, true, true]);
});

describe('OutboundBuffer', () => {
  it('gives back what is younger than 10 s, once and in order', () => {
    let nowMs = 0;
    const buffer = new OutboundBuffer<string>(() => nowMs);
    buffer.add('old');
    nowMs = 5_000;
    buffer.add('a');
    buffer.add('b');
    nowMs = 10_001;
    expect(buffer.drain()).toEqual(['a', 'b']);
    expect(buffer.drain()).toEqual([]);
  });

  it('holds 256', () => {
    const buffer = new OutboundBuffer<number>(() => 0);
    for (let i = 0; i < 300; i += 1) buffer.add(i);
    expect(buffer.drain()).toEqual(Array.from({ length: 256 }, (_, i) => i + 44));
  });
});

describe('InboundQueue', () => {
  it('handles four items an I/O turn, urgent ones first', () => {
    const runtime = new ManualRuntime();
    const handled: string[] = [];
    const queue = new InboundQueue<string>(runtime, (item) => handled.push(item));
    for (let i = 0; i < 6; i += 1) queue.push(`p${i}`, false);
    queue.push('u', true);
    expect(handled).toEqual(['p0', 'p1', 'p2', 'p3']);
    runtime.ioTurn();
    expect(handled.slice(4)).toEqual(['u', 'p4', 'p5']);
    runtime.ioTurn();
    queue.push('later', false);
    expect(handled.at(-1)).toBe('later');
  });

  it('drops the oldest of a full lane, and presence never displaces what is urgent', () => {
    const runtime = new ManualRuntime();
    const handled: string[] = [];
    const queue = new InboundQueue<string>(runtime, (item) => handled.push(item));
    queue.push('first', false);
    for (let i = 0; i < 3; i += 1) queue.push('spend', false);
    queue.push('u', true);
    for (let i = 0; i < 5_000; i += 1) queue.push(`p${i}`, false);
    expect(queue.length).toBe(257);
    runtime.ioTurn();
    expect(handled.slice(4)).toEqual(['u', 'p4744', 'p4745', 'p4746']);
  });
});

describe('Narrowing', () => {
  it('is narrow while every known peer tags its recipients', () => {
    let nowMs = 0;
    const narrowing = new Narrowing(() => nowMs);
    expect(narrowing.wide).toBe(true);
    expect(narrowing.announced('a', true)).toBe(true);
    expect(narrowing.announced('b', true)).toBe(false);
    expect(narrowing.announced('legacy', false)).toBe(true);
    nowMs += 10_000;
    expect(narrowing.left('legacy')).toBe(true);
    expect(narrowing.wide).toBe(false);
    expect([narrowing.left('a'), narrowing.left('b')]).toEqual([false, true]);
    expect(narrowing.wide).toBe(true);
  });

  it('a stranger who comes and goes cannot make us resubscribe all the time', () => {
    const narrowing = new Narrowing(() => 0);
    narrowing.announced('a', true);
    const changes = Array.from({ length: 100 }, () => [narrowing.announced('x', false), narrowing.left('x')]);
    expect(changes.flat().filter(Boolean)).toHaveLength(1);
  });
});

describe('Outflow', () => {
  it('lets forty frames go at once and then forty a second, candidates last', () => {
    const clock = new VirtualClock();
    const sent: string[] = [];
    const outflow = new Outflow(startParent(clock), 'outflow', (frame) => sent.push(frame));
    for (let i = 0; i < 40; i += 1) outflow.send(`offer ${i}`, false);
    outflow.send('candidate', true);
    outflow.send('announce', false);
    expect(sent).toHaveLength(40);
    clock.advance(50);
    expect(sent.slice(40)).toEqual(['announce', 'candidate']);
    clock.advance(1_000);
    for (let i = 0; i < 1_000; i += 1) outflow.send(`c${i}`, true);
    expect(sent, 'the allowance is back').toHaveLength(82);
    clock.advance(1_000);
    expect(sent.slice(82), 'the oldest gave way').toEqual(Array.from({ length: 40 }, (_, i) => `c${744 + i}`));
    clock.advance(60_000);
    expect(sent.at(-1)).toBe('c999');
    expect(clock.pending, 'no timer when nothing waits').toBe(0);
    for (let i = 0; i < 41; i += 1) outflow.send('late', false);
    outflow.stop();
    clock.advance(60_000);
    expect(sent.filter((frame) => frame === 'late')).toHaveLength(40);
  });
});
