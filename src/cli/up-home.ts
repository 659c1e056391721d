/** Makes or adjusts the home that `up` runs on. Nothing is contacted that was not chosen here. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { loadConfig, saveConfig } from '../daemon/config.js';
import { codeOf, DaemonError } from '../daemon/errors.js';
import type { Home } from '../daemon/home.js';
import { requireNetworkId } from '../daemon/ids.js';
import { systemRuntime } from '../runtime.js';
import { generateNetworkId } from '../signaling/room.js';

export interface UpOptions {
  home?: string;
  network?: string;
  relay?: string;
  lan?: boolean;
}

/** The entry in `networks` that is ours to change; others are served as they are. */
const ENTRY_ID = 'up';
const FIRST_RELAY_PORT = 4848;
const PORTS_TRIED = 100;

type Json = Record<string, unknown>;
interface Entry extends Json {
  id: string;
  network_id?: string;
  signaling?: Json & { servers?: string[] };
}

/** Network and relay are remembered from run to run; loopback or LAN is said anew each time. */
export async function prepareHome(home: Home, { network, relay, lan = false }: UpOptions): Promise<void> {
  const { document } = await loadConfig(home.config);
  const networks = (Array.isArray(document.networks) ? document.networks : []) as Entry[];
  const entry = networks.find(({ id }) => id === ENTRY_ID);
  const untouched = network === undefined && relay === undefined && !lan;
  if (!entry && networks.length > 0 && untouched) return; // a home with networks of its own

  const services = (document.services ?? {}) as { signaling?: { enabled?: boolean; port?: number } };
  const hosts = relay === undefined && (!entry || services.signaling?.enabled === true);
  const bind = lan ? '0.0.0.0' : '127.0.0.1';
  const port = hosts ? await freePort(bind, services.signaling?.port ?? FIRST_RELAY_PORT) : undefined;
  const kept = entry?.signaling?.servers ?? [];
  const servers = relay !== undefined ? [checkRelay(relay)] : hosts ? [`ws://127.0.0.1:${port}`] : kept;

  const fresh: Entry = {
    ...entry,
    id: ENTRY_ID,
    network_id: network === undefined ? (entry?.network_id ?? newNetworkId()) : requireNetworkId(network),
    signaling: { strategy: 'nostr', mdns: false, public_fallback: false, denylist: [], ...entry?.signaling, servers },
    stun_servers: [],
    turn_servers: [],
    auto_approve: !lan,
    wakemesh: { loopback_only: !lan },
  };
  await saveConfig(home.config, {
    version: 3,
    auto_update: { enabled: false }, // an upstream daemon on this home would look for updates
    ...document,
    services: { ...services, signaling: { ...services.signaling, enabled: hosts, ...(hosts && { bind, port }) } },
    networks: entry ? networks.map((other) => (other === entry ? fresh : other)) : [...networks, fresh],
  });
}

function newNetworkId(): string {
  return generateNetworkId(systemRuntime().randomBytes);
}

function checkRelay(url: string): string {
  if (URL.canParse(url) && /^wss?:$/.test(new URL(url).protocol)) return url;
  throw new DaemonError(`--relay ${url}: expected an address that begins with ws:// or wss://`);
}

/** The port, or the next one that nobody listens on. */
async function freePort(host: string, from: number): Promise<number> {
  for (let port = from; port < from + PORTS_TRIED && port <= 65_535; port += 1) {
    const server = createServer();
    try {
      server.listen(port, host);
      await once(server, 'listening');
      return port;
    } catch (error) {
      if (codeOf(error) !== 'EADDRINUSE') throw error;
    } finally {
      server.close();
    }
  }
  throw new DaemonError(`relay: no free port from ${from} on; choose a relay with --relay`);
}
