/** One running daemon: everything it holds, taken in order and given back in reverse. */
import type { Logger } from 'pino';
import { loadOrCreateIdentity } from '../identity/identity-file.js';
import { Mesh } from '../mesh/mesh.js';
import type { Runtime } from '../runtime.js';
import { nextBootId } from './boot-id.js';
import { loadConfig, readConfig } from './config.js';
import { networkEditor } from './config-edit.js';
import { startControlServer } from './control-server.js';
import { eventPushes } from './event-pushes.js';
import { type Home, makeHome } from './home.js';
import { hostRelay } from './hosted-relay.js';
import { namedIdentity, saveLabel } from './identity-label.js';
import { Inspection } from './inspection.js';
import { joinNetworks } from './join.js';
import { lockHome } from './lock.js';
import { logEvents } from './log-events.js';
import type { JoinedNetwork } from './network-view.js';
import { VERSION } from './version.js';

export interface DaemonOptions {
  home: Home;
  runtime: Runtime;
  openLog(level: string): Logger;
  /** The lines of that log for whoever watches; see `Inspection`. */
  watchLog(sink: (line: string) => void): () => void;
  env: NodeJS.ProcessEnv;
  /** Start the inspection server at once, on this port; 0: any. Default: when it is asked for. */
  inspectPort?: number;
  /** Runs when the home is ours and before its configuration is read: the moment to change it. */
  onLocked?: () => Promise<void>;
}

export interface Daemon {
  mesh: Mesh;
  networks: JoinedNetwork[];
  log: Logger;
  /** Port of the relay we host, if we do. */
  relayPort: number | undefined;
  /** Says goodbye on every network and gives everything back. Bounded. */
  close(): Promise<void>;
}

/** Throws `DaemonError` when the home is in use or broken, a port is taken or the control socket cannot be made. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { home, runtime, openLog, env, onLocked } = options;
  const closers: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    await makeHome(home);
    const lock = await lockHome(home);
    closers.push(() => lock.release());
    await onLocked?.();

    const { config, problems } = await loadConfig(home.config);
    const log = openLog(config.daemon.log_level);
    for (const problem of problems) log.error(problem);

    const identity = namedIdentity(await loadOrCreateIdentity(home.root, runtime));
    const boot = await nextBootId(home.bootId, runtime.clocks().wallMs);
    const relay = await hostRelay(config.services, runtime, log); // before joining: our own networks may use it
    if (relay) closers.push(() => relay.close());

    const mesh = await Mesh.open({ identity, boot, log, runtime });
    closers.push(() => mesh.close());
    const inspection = new Inspection({ mesh, label: () => identity.label, runtime, log, watchLog: options.watchLog });
    closers.push(() => inspection.close());
    if (options.inspectPort !== undefined) await inspection.start(options.inspectPort);
    const networks: JoinedNetwork[] = [];
    let allJoined = () => {};
    const joined = new Promise<void>((resolve) => {
      allJoined = resolve;
    });
    const context = {
      version: VERSION,
      boot,
      deviceId: mesh.deviceId,
      label: () => identity.label,
      async setLabel(label: string) {
        await saveLabel(home.identity, label);
        identity.rename(label);
      },
      networks: () => networks,
      joined,
      startInspector: (port?: number) => inspection.start(port),
      editNetwork: networkEditor(home.config),
      deadline(ms: number) {
        const controller = new AbortController();
        runtime.setTimeout(() => controller.abort(), ms);
        return controller.signal;
      },
      readConfig: async () => (await readConfig(home.config)).config,
      relayListen: () => (relay ? `${config.services.signaling.bind}:${relay.port}` : null),
      randomBytes: (length: number) => runtime.randomBytes(length),
    };
    const control = await startControlServer(config.daemon.control_socket ?? home.socket, context, log);
    closers.push(() => control.close());

    const toPushes = eventPushes({
      relays: (id) => networks.find(({ network }) => network.id === id)?.network.relays() ?? [],
      nowMs: () => runtime.clocks().wallMs,
    });
    const logEvent = logEvents(log);
    mesh.subscribe((event) => {
      logEvent(event);
      for (const push of toPushes(event)) control.broadcast(push);
    });
    if (config.services.node.enabled) {
      await joinNetworks({ mesh, home, log, runtime, env, networks }, config.networks);
    }
    allJoined();
    log.info({ device: mesh.deviceId, version: VERSION, boot, home: home.root }, 'ready');
    return { mesh, networks, log, relayPort: relay?.port, close };
  } catch (error) {
    await close();
    throw error;
  }
}
