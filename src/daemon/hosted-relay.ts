/** The signaling relay this daemon hosts for others, when `services.signaling` is enabled. */
import type { Logger } from 'pino';
import { type Relay, startRelay } from '../relay/relay-server.js';
import type { Runtime } from '../runtime.js';
import type { Config } from './config-schema.js';
import { DaemonError, messageOf } from './errors.js';

/** Undefined when not enabled. Throws `DaemonError` when the address cannot be used: peers would meet nowhere. */
export async function hostRelay(
  services: Config['services'],
  runtime: Runtime,
  log: Logger,
): Promise<Relay | undefined> {
  for (const name of ['relay', 'stun', 'turn'] as const) {
    if (services[name].enabled) log.warn(`services.${name}: not supported by this version, not started`);
  }
  const { enabled, bind, port, limits } = services.signaling;
  if (!enabled) return undefined;
  try {
    return await startRelay({
      host: bind,
      port,
      limits: {
        maxEventRate: limits.max_event_rate,
        maxReqRate: limits.max_req_rate,
        maxSubscriptions: limits.max_subscriptions,
        maxFiltersPerReq: limits.max_filters_per_req,
        maxMessageBytes: limits.max_message_bytes,
        maxConnectionsPerIp: limits.max_connections_per_ip,
      },
      runtime,
      log,
    });
  } catch (error) {
    throw new DaemonError(`config.json: services.signaling: ${messageOf(error)}`);
  }
}
