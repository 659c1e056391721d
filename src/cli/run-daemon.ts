/** The daemon as a process: signals, broken pipes, and an end within two seconds. */
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import type { Logger } from 'pino';
import { messageOf } from '../daemon/errors.js';
import type { LogOutput } from '../daemon/log.js';

/** Longer than a leave takes, shorter than the patience of a service manager. */
const CLOSE_BOUND_MS = 1_500;
const LOG_BOUND_MS = 200;

/**
 * Resolves with the first of these signals. Later ones change nothing: npm passes on a Ctrl-C that has already reached
 * us, and the end that has begun is bounded anyway.
 */
export function stopSignal(signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM']): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of signals) process.on(signal, resolve);
  });
}

/**
 * An idle V8 gives memory back by a full collection, and after a freeze it is the first thing it does: 50 ms of the
 * thaw, when every peer waits to hear from us.
 */
export function thawWithoutCollecting(): void {
  setFlagsFromString('--no-memory-reducer');
}

/** Who reads our output may go away at any time; the mesh stays. */
export function surviveBrokenPipes(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}

/** A transport that throws from a timer of its own has lost one session, not the daemon. */
export function surviveStrayErrors(log: Logger): void {
  const report = (error: unknown) => log.error(`unexpected error: ${messageOf(error)}`);
  process.on('uncaughtException', report);
  process.on('unhandledRejection', report);
}

/** Exits 0, whether or not everything could be given back in time. */
export async function closeAndExit(close: () => Promise<void>, log: Logger, output: LogOutput): Promise<never> {
  const closed = close().catch((error) => log.error(`stopping: ${messageOf(error)}`));
  await Promise.race([closed, sleep(CLOSE_BOUND_MS)]);
  await Promise.race([output.end(), sleep(LOG_BOUND_MS)]);
  output.drop();
  process.exit(0);
}
