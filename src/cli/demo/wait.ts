/** Waiting in the demo. Its child processes keep it running; when they are gone, no wait of a given-up round may. */
import { setTimeout as timer } from 'node:timers/promises';

export function sleep(ms: number): Promise<void> {
  return timer(ms, undefined, { ref: false });
}

/** False when the bound comes first. */
export async function within(boundMs: number, work: Promise<void>): Promise<boolean> {
  return Promise.race([work.then(() => true), sleep(boundMs).then(() => false)]);
}
