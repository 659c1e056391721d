/** `up`: a node in this terminal. Same home, lock and control socket as `serve`, with a person in front of it. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { startDaemon } from '../daemon/daemon.js';
import { DaemonError } from '../daemon/errors.js';
import { homeAt } from '../daemon/home.js';
import { createLog, openLogOutput } from '../daemon/log.js';
import { systemRuntime } from '../runtime.js';
import {
  closeAndExit,
  stopSignal,
  surviveBrokenPipes,
  surviveStrayErrors,
  thawWithoutCollecting,
} from './run-daemon.js';
import { openTerminal } from './terminal.js';
import { prepareHome, type UpOptions } from './up-home.js';
import { talk } from './up-talk.js';
import { welcome } from './up-welcome.js';

export async function up(options: UpOptions): Promise<never> {
  const stopped = stopSignal(['SIGINT', 'SIGTERM', 'SIGHUP']); // a closed terminal is a goodbye too
  surviveBrokenPipes();
  thawWithoutCollecting();
  const output = openLogOutput(2);
  const home = homeAt(resolve(options.home ?? (process.env.MYOWNMESH_HOME?.trim() || join(homedir(), '.wakemesh'))));
  const daemon = await startDaemon({
    home,
    runtime: systemRuntime(),
    openLog: () => createLog('warn', output), // the screen belongs to the conversation
    watchLog: output.watch,
    env: process.env,
    onLocked: () => prepareHome(home, options),
  });
  surviveStrayErrors(daemon.log);
  const [first] = daemon.networks;
  if (!first) {
    await daemon.close();
    throw new DaemonError(`no network could be joined; the lines above say why (${home.config})`);
  }
  const terminal = openTerminal();
  terminal.print(
    welcome({ deviceId: daemon.mesh.deviceId, home: home.root, joined: first, relayPort: daemon.relayPort }),
  );
  const endTalk = talk(daemon.mesh, first, terminal);
  await Promise.race([stopped, terminal.ended]);
  endTalk();
  terminal.close();
  return closeAndExit(daemon.close, daemon.log, output);
}
