/** Many runs on all processors; what came of them is told in the order of their seeds. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { RunOptions, RunResult } from './run.js';
import type { FromWorker } from './run-worker.js';

export interface Plan extends Omit<RunOptions, 'progress'> {
  /** How many; each takes the next seed. */
  runs: number;
}

export interface PlanListener {
  finished(result: RunResult): void;
  /** Told each simulated second of each run. */
  progress(seed: number, simulatedMs: number): void;
}

/** Rejects when a thread dies, which no run may make it do. */
export async function runAll({ runs, ...options }: Plan, listener: PlanListener): Promise<void> {
  const endSeed = options.seed + runs;
  const waiting = new Map<number, RunResult>();
  let [nextSeed, toldSeed] = [options.seed, options.seed];

  const finished = (result: RunResult) => {
    waiting.set(result.seed, result);
    for (let due = waiting.get(toldSeed); due; due = waiting.get(toldSeed)) {
      waiting.delete(toldSeed);
      toldSeed += 1;
      listener.finished(due);
    }
  };

  const work = (worker: Worker) =>
    new Promise<void>((resolve, reject) => {
      const give = () => {
        if (nextSeed === endSeed) return resolve();
        worker.postMessage({ ...options, seed: nextSeed });
        nextSeed += 1;
      };
      worker.on('error', reject);
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'progress') return listener.progress(message.seed, message.simulatedMs);
        finished(message.result);
        give();
      });
      give();
    });

  const workers = Array.from(
    { length: Math.min(runs, availableParallelism()) },
    () => new Worker(new URL('./run-worker.js', import.meta.url), { resourceLimits: { maxYoungGenerationSizeMb: 64 } }),
  );
  try {
    await Promise.all(workers.map(work));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
