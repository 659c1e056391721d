/** The rows of the matrix: what is done to two daemons that are active with each other, and what is measured. */
import { sleep } from '../../src/cli/demo/wait.js';
import type { Cell } from './cell.js';
import { Conversation } from './conversation.js';
import type { Daemon } from './daemon.js';
import { Traffic } from './traffic.js';

/** Upstream calls a silent peer dead after at most 120 s and dials again for a while: beyond that it is lost. */
const BOUND_MS = 180_000;
/** Messages flow this long before something happens. */
const STEADY_MS = 1_500;
const DEAD_MS = 1_000;
/** Long enough for the other side to try its dead session again. */
const LONG_DEAD_MS = 10_000;
const RELAY_DOWN_MS = 2_000;

export interface Outcome {
  ms: number;
  /** What else was seen, for the reader of the JSON and of a failed cell. */
  [detail: string]: number | string;
}

export interface Row {
  name: string;
  /** False: a person approves. */
  autoApprove: boolean;
  run(cell: Cell): Promise<Outcome>;
}

type Side = 'smaller' | 'larger';
const of = (cell: Cell, side: Side): Daemon => cell.daemons[side === 'smaller' ? 0 : 1];

export function allRows(freezeS: readonly number[]): Row[] {
  const sides: Side[] = ['smaller', 'larger'];
  const row = (name: string, run: Row['run'], autoApprove = true): Row => ({ name, autoApprove, run });
  const each = (name: string, run: (cell: Cell, side: Side) => Promise<Outcome>) =>
    sides.map((side) => row(`${name}, ${side} id`, (cell) => run(cell, side)));
  return [
    ...each('connect, later', connect),
    row('channel both ways', channel),
    row('rpc both ways', rpc),
    row('reliable both ways', reliable),
    ...each('reliable, receiver killed', reliableToKilled),
    ...freezeS.flatMap((seconds) => each(`freeze ${seconds} s`, (cell, side) => freeze(cell, side, seconds))),
    ...each('kill -9 and restart', (cell, side) => kill(cell, side, DEAD_MS)),
    ...each('kill -9, restart after 10 s', (cell, side) => kill(cell, side, LONG_DEAD_MS)),
    row('relay restart', relayRestart),
    ...each('leave and restart', leave),
    ...each('remove and approve again', approveAgain).map((each) => ({ ...each, autoApprove: false })),
  ];
}

async function startBoth(cell: Cell): Promise<void> {
  await Promise.all(cell.daemons.map((daemon) => daemon.start()));
  await cell.bothActive(BOUND_MS);
}

async function withTraffic(cell: Cell, then: (traffic: Traffic) => Promise<Outcome>): Promise<Outcome> {
  const traffic = new Traffic(cell.daemons);
  try {
    await sleep(STEADY_MS);
    return await then(traffic);
  } finally {
    traffic.stop();
  }
}

async function connect(cell: Cell, side: Side): Promise<Outcome> {
  const later = of(cell, side);
  await cell.other(later).start();
  await sleep(DEAD_MS);
  const active = cell.bothActive(BOUND_MS);
  await later.start();
  const activeMs = await active;
  const announced = cell.relay.announces.find(({ from }) => from === later.id);
  if (!announced) throw new Error(`${later.name} never announced itself`);
  return { ms: activeMs - announced.atMs };
}

async function channel(cell: Cell): Promise<Outcome> {
  await startBoth(cell);
  return await new Conversation(cell.daemons).burst(200, BOUND_MS);
}

async function rpc(cell: Cell): Promise<Outcome> {
  await startBoth(cell);
  return await new Conversation(cell.daemons).calls(BOUND_MS);
}

async function reliable(cell: Cell): Promise<Outcome> {
  await startBoth(cell);
  return await new Conversation(cell.daemons).deliveries(BOUND_MS);
}

/** Sent to a dead process, delivered to its successor, once. */
async function reliableToKilled(cell: Cell, side: Side): Promise<Outcome> {
  await startBoth(cell);
  const receiver = of(cell, side);
  const conversation = new Conversation(cell.daemons);
  await receiver.end('SIGKILL');
  await sleep(DEAD_MS);
  const eventMs = performance.now();
  const delivered = conversation.deliver(cell.other(receiver), receiver, 'after the kill', BOUND_MS);
  await receiver.start();
  const deliveredMs = await delivered;
  return { ms: deliveredMs - eventMs };
}

async function freeze(cell: Cell, side: Side, seconds: number): Promise<Outcome> {
  await startBoth(cell);
  const frozen = of(cell, side);
  return await withTraffic(cell, async (traffic) => {
    traffic.leave(frozen);
    cell.timeline.step(`${frozen.name} is frozen`);
    await frozen.freeze();
    await sleep(seconds * 1_000);
    cell.timeline.step(`${frozen.name} thaws`);
    const eventMs = performance.now();
    frozen.thaw();
    traffic.return(frozen);
    return outcome(await traffic.recovered(eventMs, BOUND_MS));
  });
}

async function kill(cell: Cell, side: Side, deadMs: number): Promise<Outcome> {
  await startBoth(cell);
  const killed = of(cell, side);
  return await withTraffic(cell, async (traffic) => {
    cell.timeline.step(`${killed.name} is killed`);
    await killed.end('SIGKILL');
    await sleep(deadMs);
    cell.timeline.step(`${killed.name} starts again`);
    const eventMs = performance.now();
    await killed.start();
    return outcome(await traffic.recovered(eventMs, BOUND_MS));
  });
}

/** Messages must not notice, and both must be heard again over the new relay. */
async function relayRestart(cell: Cell): Promise<Outcome> {
  await startBoth(cell);
  return await withTraffic(cell, async (traffic) => {
    cell.timeline.step('the relay is killed');
    const eventMs = performance.now();
    await cell.relay.end();
    await sleep(RELAY_DOWN_MS);
    cell.timeline.step('the relay starts again');
    cell.relay.announces.length = 0;
    await cell.relay.start();
    const upMs = performance.now();
    const recovery = await traffic.recovered(eventMs, BOUND_MS);
    const details: Record<string, number> = {};
    for (const daemon of cell.daemons) {
      const heard = await cell.relay.heard(daemon.id, BOUND_MS);
      details[`${daemon.name} heard again`] = Math.round(heard - upMs);
    }
    return { ...outcome(recovery), ...details };
  });
}

async function leave(cell: Cell, side: Side): Promise<Outcome> {
  await startBoth(cell);
  const left = of(cell, side);
  const stays = cell.other(left);
  return await withTraffic(cell, async (traffic) => {
    cell.timeline.step(`${left.name} leaves`);
    const leaveMs = performance.now();
    const ended = left.end('SIGTERM');
    const noticedMs = (await cell.seesGone(stays, left, BOUND_MS)) - leaveMs;
    await ended;
    await sleep(DEAD_MS);
    cell.timeline.step(`${left.name} starts again`);
    const eventMs = performance.now();
    await left.start();
    return { ...outcome(await traffic.recovered(eventMs, BOUND_MS)), noticed: Math.round(noticedMs) };
  });
}

/** `side` removes the other device from its roster, which ends the session, and approves it again. */
async function approveAgain(cell: Cell, side: Side): Promise<Outcome> {
  const [a, b] = cell.daemons;
  await Promise.all([a.start(), b.start()]);
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    await cell.sees(one, other, (peer) => peer?.authenticated === true, BOUND_MS);
    await one.request('roster_approve', { device_id: other.id });
  }
  await cell.bothActive(BOUND_MS);
  const decides = of(cell, side);
  const removed = cell.other(decides);
  return await withTraffic(cell, async (traffic) => {
    cell.timeline.step(`${decides.name} removes ${removed.name}`);
    const removeMs = performance.now();
    await decides.request('roster_remove', { device_id: removed.id });
    const goneMs = (await cell.seesGone(decides, removed, BOUND_MS)) - removeMs;
    await sleep(DEAD_MS);
    cell.timeline.step(`${decides.name} approves ${removed.name} again`);
    const eventMs = performance.now();
    await decides.request('roster_approve', { device_id: removed.id });
    return { ...outcome(await traffic.recovered(eventMs, BOUND_MS)), removed: Math.round(goneMs) };
  });
}

/** The later of two interruptions counts; the first message is told when it was earlier. */
function outcome({ firstMs, settledMs }: { firstMs: number; settledMs: number }): Outcome {
  return { ms: settledMs, ...(settledMs !== firstMs && { first: Math.round(firstMs) }) };
}
