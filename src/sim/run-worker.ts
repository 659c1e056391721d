/** A thread that plays one run after another: its options come as a message, what came of it goes back. */
import { parentPort } from 'node:worker_threads';
import { type RunOptions, type RunResult, run } from './run.js';

export type FromWorker =
  | { kind: 'progress'; seed: number; simulatedMs: number }
  | { kind: 'result'; result: RunResult };

parentPort?.on('message', async (options: RunOptions) => {
  const { seed } = options;
  const say = (message: FromWorker) => parentPort?.postMessage(message);
  const result = await run({ ...options, progress: (simulatedMs) => say({ kind: 'progress', seed, simulatedMs }) });
  say({ kind: 'result', result });
});
