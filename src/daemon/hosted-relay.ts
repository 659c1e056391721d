/** The signaling relay this daemon hosts for others, when `services.signaling` is enabled. */
import type { Logger } from 'pino';
import { startRelay } from '../relay/relay-server.js';
import type { Runtime } from '../runtime.js';
import type { Config } from './config-schema.js';
import { codeOf, DaemonError, messageOf } from './errors.js';

export interface HostedRelay {
  /** `host:port` it listens on. */
  listen: string;
  port: number;
  close(): Promise<void>;
}

/** Undefined when not enabled. Throws `DaemonError` when the port is taken. */
export async function hostRelay(
  services: Config['services'],
  runtime: Runtime,
  log: Logger,
): Promise<HostedRelay | undefined> {
  for (const name of ['relay', 'stun', 'turn'] as const) {
    if (services[name].enabled) log.warn(`services.${name}: not supported by this version, not started`);
  }
  const { enabled, bind, port } = services.signaling;
  return enabled ? await openRelay(bind, port, runtime, log) : undefined;
}

/** Port 0 means any. Throws `DaemonError` when the address cannot be used. */
export async function openRelay(host: string, port: number, runtime: Runtime, log: Logger): Promise<HostedRelay> {
  try {
    const relay = await startRelay({ host, port, runtime, log });
    return { listen: `${host}:${relay.port}`, port: relay.port, close: () => relay.close() };
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') {
      throw new DaemonError(
        `relay: port ${port} on ${host} is in use by another program; stop it or choose another port`,
      );
    }
    throw new DaemonError(`relay: cannot listen on ${host}:${port}: ${messageOf(error)}`);
  }
}
