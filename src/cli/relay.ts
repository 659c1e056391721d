/** `relay`: the signaling relay alone, for a machine that everybody can reach. */
import { openRelay } from '../daemon/hosted-relay.js';
import { createLog } from '../daemon/log.js';
import { systemRuntime } from '../runtime.js';
import { closeAndExit, stopSignal, surviveBrokenPipes } from './run-daemon.js';

export async function relay({ port, host }: { port: number; host: string }): Promise<never> {
  const stopped = stopSignal();
  surviveBrokenPipes();
  const log = createLog({ level: 'info', fd: 2 });
  const opened = await openRelay(host, port, systemRuntime(), log);
  console.log(`relay listening on ws://${opened.listen}`);
  await stopped;
  return closeAndExit(opened.close, log);
}
