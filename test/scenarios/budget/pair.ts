/** Two devices that talk, and what is done to them in a cell of the budget. */

import type { ProcessHost } from '../../../src/sim/net.js';
import type { World } from '../../../src/sim/world.js';
import { type Cell, RELAY_DOWN_MS } from './cells.js';

/** One end of the pair, whichever program it runs. */
export interface End {
  readonly host: ProcessHost;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** A message to the other end, if there is a session that takes it. */
  send(number: number): void;
  /** Called with each number that arrives. */
  received: (number: number) => void;
}

const EVERY_MS = 10;
const STEP_MS = 5;

/** From the thaw until messages flow both ways; null: not within the limit. */
export async function recoveryMs(
  world: World,
  { offerer, answerer }: Record<'offerer' | 'answerer', End>,
  { freezeSeconds, frozen, lost, relay }: Cell,
  limitMs: number,
): Promise<number | null> {
  const freezeMs = freezeSeconds * 1_000;
  const hit = frozen === 'both' ? [offerer, answerer] : [frozen === 'offerer' ? offerer : answerer];
  const other = frozen === 'answerer' ? offerer : answerer;
  await world.disturb();
  for (const { host } of hit) host.process.freeze();
  for (const each of world.relays) if (relay === 'restarted') each.stop();
  if (lost === 'peer process') await other.kill();
  await world.advance(RELAY_DOWN_MS);
  for (const each of world.relays) each.start();
  // Whoever is awake has started again long before the thaw; who was frozen too, starts with it.
  if (lost === 'peer process' && frozen !== 'both') await other.start();
  await world.advance(freezeMs - RELAY_DOWN_MS);
  await world.disturb();
  if (lost === 'NAT mapping') for (const { host } of hit) host.mapping += 1;
  for (const { host } of hit) host.process.thaw();
  const thawedMs = world.nowMs;
  if (lost === 'peer process' && frozen === 'both') await other.start();
  return flowMs(world, [offerer, answerer], thawedMs, limitMs);
}

async function flowMs(world: World, ends: [End, End], sinceMs: number, limitMs: number): Promise<number | null> {
  const arrived = new Map<End, number>();
  for (const end of ends) {
    end.received = (sentMs) => {
      if (sentMs >= sinceMs && !arrived.has(end)) arrived.set(end, world.nowMs);
    };
  }
  let nextMs = sinceMs;
  while (arrived.size < 2 && world.nowMs - sinceMs < limitMs) {
    if (world.nowMs >= nextMs) {
      for (const end of ends) end.send(world.nowMs);
      nextMs = world.nowMs + EVERY_MS;
    }
    await world.advance(STEP_MS);
  }
  for (const end of ends) end.received = () => {};
  return arrived.size < 2 ? null : Math.max(...arrived.values()) - sinceMs;
}
