/** What every system test asks after an interruption: does each pair talk again, over the session it had before? */
import { expect } from 'vitest';
import { DemoMesh } from '../../../src/cli/demo/mesh.js';
import { within } from '../../../src/cli/demo/wait.js';
import type { NamespaceHost } from './host.js';

/** Only ends what hangs: how fast it was is reported, not judged. */
const BOUND_MS = 60_000;

/** A mesh in which every pair is Active and has exchanged messages. */
export async function startMesh(host: NamespaceHost): Promise<DemoMesh> {
  const mesh = await DemoMesh.start(host.places.nodes.length, host, console.log);
  await mesh.allActive(BOUND_MS);
  mesh.traffic.start(mesh.pairs());
  expect(await within(BOUND_MS, mesh.traffic.bothWays()), 'messages flow in both directions of every pair').toBe(true);
  return mesh;
}

/** `interrupt` resolves when the interruption is over; from then on messages are awaited and times are counted. */
export async function expectSessionsKept(mesh: DemoMesh, interrupt: () => Promise<void>): Promise<void> {
  const before = await mesh.epochs(mesh.pairs());
  mesh.timeline.begin(mesh.nodes);
  await interrupt();
  const overMs = performance.now();
  mesh.timeline.thaw();
  const flowing = mesh.traffic.bothWays(({ pair: [a, b], forwardMs, backwardMs }) => {
    console.log(
      `${a.name}-${b.name}: messages both ways after ${Math.round(Math.max(forwardMs, backwardMs) - overMs)} ms`,
    );
  });
  expect(await within(BOUND_MS, flowing), 'messages flow again in both directions of every pair').toBe(true);
  await mesh.allActive(BOUND_MS);
  expect(await mesh.epochs(mesh.pairs()), 'the sessions are those from before').toEqual(before);
  const gone = mesh.timeline.entries.filter(({ what }) => what.includes('→ gone'));
  expect(gone, 'no session was torn down').toEqual([]);
}
