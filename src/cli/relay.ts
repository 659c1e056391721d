/** `relay`: the signaling relay alone, for a machine that everybody can reach. */
import { createLog, openLogOutput } from '../daemon/log.js';
import { startRelay } from '../relay/relay-server.js';
import { systemRuntime } from '../runtime.js';
import { closeAndExit, stopSignal, surviveBrokenPipes } from './run-daemon.js';

export async function relay({ port, host }: { port: number; host: string }): Promise<never> {
  const stopped = stopSignal();
  surviveBrokenPipes();
  const output = openLogOutput(2);
  const log = createLog('info', output);
  const opened = await startRelay({ host, port, runtime: systemRuntime(), log });
  console.log(`relay listening on ${opened.url}`);
  await stopped;
  return closeAndExit(() => opened.close(), log, output);
}
