/** From a network's configuration to a joined network. */
import { join } from 'node:path';
import type { Logger } from 'pino';
import { barePeerId, isDeviceId } from '../identity/keys.js';
import type { IceServer } from '../link/link.js';
import type { Mesh } from '../mesh/mesh.js';
import type { Runtime } from '../runtime.js';
import { DEFAULT_APP_ID } from '../signaling/room.js';
import type { NetworkConfig } from './config-schema.js';
import { DaemonError, messageOf } from './errors.js';
import type { Home } from './home.js';
import { requireNetworkId } from './ids.js';
import { meetingPlaces } from './meeting-places.js';
import type { JoinedNetwork } from './network-view.js';
import { openRosterFile } from './roster-file.js';

export interface JoinContext {
  mesh: Mesh;
  home: Home;
  log: Logger;
  runtime: Runtime;
  env: NodeJS.ProcessEnv;
  /** Those joined so far; each is added as soon as it is. */
  networks: JoinedNetwork[];
}

/** Joins one after the other; what cannot be joined is logged and costs nobody else. */
export async function joinNetworks(context: JoinContext, configs: NetworkConfig[]): Promise<void> {
  const { networks, log } = context;
  for (const config of configs) {
    try {
      if (networks.some((other) => other.config.id === config.id))
        throw new DaemonError('id: used by an earlier network');
      networks.push({ config, network: await joinNetwork(context, config) });
    } catch (error) {
      log.error({ network: config.network_id }, `network ${config.id} is not joined: ${messageOf(error)}`);
    }
  }
}

async function joinNetwork({ mesh, home, log, runtime, env }: JoinContext, config: NetworkConfig) {
  refuseUnsupported(config);
  const networkId = requireNetworkId(config.network_id);
  const roster = await openRosterFile({
    path: join(home.rosters, `${networkId}.json`),
    networkId,
    log,
    nowMs: () => runtime.clocks().wallMs,
  });
  const appId = env.MYOWNMESH_TRYSTERO_APP_ID?.trim() || DEFAULT_APP_ID;
  return await mesh.join({
    networkId,
    appId,
    ...meetingPlaces(config, appId, log),
    autoApprove: config.auto_approve,
    roster,
    gossip: config.wakemesh?.gossip ?? true,
    iceServers: [...config.stun_servers.map(({ urls }) => ({ urls })), ...config.turn_servers.map(toIceServer)],
    loopbackOnly: config.wakemesh?.loopback_only ?? false,
    topology: config.topology,
    pinned: pinnedPeers(config, log),
    silent: config.kind === 'silent',
    listenOnly: config.signaling.listen_only,
  });
}

/** Taken for an open one, it would admit other devices. */
function refuseUnsupported({ kind }: NetworkConfig): void {
  if (kind === 'closed') throw new DaemonError('kind: "closed" is not supported by this version');
}

/** One that is no device id costs only itself. */
function pinnedPeers({ id, pinned_peers }: NetworkConfig, log: Logger): string[] {
  return pinned_peers.filter((peer) => {
    if (isDeviceId(barePeerId(peer))) return true;
    log.warn({ network: id }, `network ${id}: pinned_peers: "${peer}" is not a device id; left out`);
    return false;
  });
}

function toIceServer({ urls, username, credential }: NetworkConfig['turn_servers'][number]): IceServer {
  return { urls, ...(username !== null && { username }), ...(credential !== null && { credential }) };
}
