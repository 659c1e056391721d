/** `serve`: the daemon in the foreground. */

import { startDaemon } from '../daemon/daemon.js';
import { homeAt, homeRoot } from '../daemon/home.js';
import { createLog, openLogOutput } from '../daemon/log.js';
import { systemRuntime } from '../runtime.js';
import {
  closeAndExit,
  stopSignal,
  surviveBrokenPipes,
  surviveStrayErrors,
  thawWithoutCollecting,
} from './run-daemon.js';

export interface ServeOptions {
  /** `--inspect`, with or without a port. */
  inspect?: number | true;
}

export async function serve({ inspect }: ServeOptions): Promise<never> {
  const stopped = stopSignal(); // from the first moment: a service manager may change its mind during our start
  surviveBrokenPipes();
  thawWithoutCollecting();
  const output = openLogOutput(1);
  const daemon = await startDaemon({
    home: homeAt(homeRoot()),
    runtime: systemRuntime(),
    openLog: (level) => createLog(level, output),
    watchLog: output.watch,
    env: process.env,
    ...(inspect !== undefined && { inspectPort: inspect === true ? 0 : inspect }),
  });
  surviveStrayErrors(daemon.log);
  daemon.log.info({ signal: await stopped }, 'stopping');
  return closeAndExit(daemon.close, daemon.log, output);
}
