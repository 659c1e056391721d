import { type AnyActorRef, createActor, setup } from 'xstate';
import { generateIdentity } from '../../../src/identity/keys.js';
import { systemRuntime } from '../../../src/runtime.js';
import { createSignaling, type SignalingOptions } from '../../../src/signaling/network-signaling.js';
import { roomHandle } from '../../../src/signaling/room.js';
import type { RelayStatus, Signal, Signaling } from '../../../src/signaling/signaling.js';
import type { VirtualClock } from '../../../src/sim/virtual-clock.js';

export const runtime = systemRuntime((error) => {
  throw error;
});
export const ROOM = roomHandle('wakemesh-test', 'my-cool-mesh');

/** The smallest actor that may adopt relay actors. */
export function startParent(clock?: VirtualClock): AnyActorRef {
  const machine = setup({}).createMachine({ on: { 'xstate.done.actor.*': {}, 'xstate.error.actor.*': {} } });
  return createActor(machine, clock ? { clock } : {}).start();
}

export interface TestNode {
  id: string;
  signaling: Signaling;
  signals: Signal[];
  admitted: string[];
  changes: (RelayStatus & { reason: string })[];
}

let lastBoot = 1_700_000_000_000;

/** `hear` runs first in every handler. */
export function startNode(
  relays: string[],
  room = ROOM,
  hear: () => void = () => {},
  options: Partial<SignalingOptions> = {},
): TestNode {
  const identity = generateIdentity({ label: 'test', randomBytes: (length) => runtime.randomBytes(length) });
  let lastSeq = 0;
  const node: Omit<TestNode, 'signaling'> = { id: identity.deviceId, signals: [], admitted: [], changes: [] };
  const signaling = createSignaling({
    identity,
    boot: ++lastBoot,
    nextSeq: () => ++lastSeq,
    room,
    relays,
    runtime,
    parent: startParent(),
    ...options,
    facts: {
      signal: (signal) => {
        hear();
        node.signals.push(signal);
      },
      relayAdmitted: (url) => {
        hear();
        node.admitted.push(url);
      },
      relayAnswered: () => hear(),
      relayChanged: (status, reason) => {
        hear();
        node.changes.push({ ...status, reason });
      },
    },
  });
  return Object.assign(node, { signaling });
}

/** Polls until the condition holds; the bound only ends hangs. */
export async function until(what: string, condition: () => boolean, boundMs = 15_000): Promise<void> {
  const endMs = performance.now() + boundMs;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`did not happen within ${boundMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
