/**
 * The shape of upstream's config.json, version 3. Every container may be missing and gets upstream's default; unknown
 * keys are kept. Keys are in upstream's order, because `config show` prints them so.
 */
import { z } from 'zod';

export const CONFIG_VERSION = 3;

const port = z.int().min(0).max(65_535);
const count = z.int().min(0);

const topology = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('full_mesh') }),
  z.looseObject({ kind: z.literal('ring'), n_preferred: count.nullish() }),
  z.looseObject({ kind: z.literal('star'), hub: z.string() }),
  z.looseObject({ kind: z.literal('hubs'), hubs: z.array(z.string()), spoke_redundancy: count.nullish() }),
]);

const stunServer = z.looseObject({ urls: z.array(z.string()) });
const turnServer = stunServer.extend({
  username: z.string().nullable().default(null),
  credential: z.string().nullable().default(null),
});

const signaling = z
  .looseObject({
    strategy: z.string().default('nostr'),
    mdns: z.boolean().default(true),
    servers: z.array(z.string()).default([]),
    redundancy: count.default(5),
    denylist: z.array(z.string()).default(['relay.damus.io', 'chorus.pjv.me']),
    public_fallback: z.boolean().optional(),
    listen_only: z.boolean().default(false),
  })
  // Upstream writes the key always. Where somebody named servers by hand and left it out, nobody else was chosen.
  .transform((given) => ({ ...given, public_fallback: given.public_fallback ?? given.servers.length === 0 }));

export const networkSchema = z.looseObject({
  id: z.string(),
  network_id: z.string(),
  label: z.string().default(''),
  kind: z.enum(['open', 'closed', 'silent']).default('open'),
  topology: topology.prefault({ kind: 'full_mesh' }),
  signaling: signaling.prefault({}),
  stun_servers: z.array(stunServer).default([{ urls: ['stun:stun.myownmesh.com:3478'] }]),
  turn_servers: z.array(turnServer).default([
    {
      urls: [
        'turn:turn.myownmesh.com:3478',
        'turn:turn.myownmesh.com:3478?transport=tcp',
        'turns:turn.myownmesh.com:5349?transport=tcp',
      ],
      username: 'guest',
      credential: 'theguestpassword',
    },
  ]),
  roster_path: z.string().nullable().default(null),
  pinned_peers: z.array(z.string()).default([]),
  auto_approve: z.boolean().default(false),
  /** Our own keys; upstream ignores them. */
  wakemesh: z.looseObject({ loopback_only: z.boolean().default(false), gossip: z.boolean().default(true) }).optional(),
});
export type NetworkConfig = z.infer<typeof networkSchema>;

const autoUpdate = z.looseObject({
  enabled: z.boolean().default(true),
  channel: z.string().default('stable'),
  auto_apply: z.string().default('all'),
  check_interval_hours: count.default(6),
  stable_url: z.string().nullable().default(null),
  beta_url: z.string().nullable().default(null),
});

const daemon = z.looseObject({
  enabled: z.boolean().default(true),
  control_socket: z.string().nullable().default(null),
  log_level: z.string().default('info'),
});

const limits = z.looseObject({
  max_event_rate: count.default(50),
  max_req_rate: count.default(20),
  max_subscriptions: count.default(64),
  max_filters_per_req: count.default(16),
  max_message_bytes: count.default(65_536),
  max_connections_per_ip: count.default(64),
});

const turn = z.looseObject({
  enabled: z.boolean().default(false),
  tcp_enabled: z.boolean().default(false),
  bind: z.string().default('0.0.0.0'),
  port: port.default(3478),
  public_ip: z.string().default(''),
  realm: z.string().default('myownmesh'),
  credentials: z
    .array(z.looseObject({ username: z.string(), password: z.string() }))
    .default([{ username: 'guest', password: 'theguestpassword' }]),
  max_bps_per_connection: count.default(0),
  relay_port_min: port.default(0),
  relay_port_max: port.default(0),
});

const services = z.looseObject({
  node: z.looseObject({ enabled: z.boolean().default(true) }).prefault({}),
  relay: z.looseObject({ enabled: z.boolean().default(false), max_fanout: count.default(0) }).prefault({}),
  signaling: z
    .looseObject({
      enabled: z.boolean().default(false),
      bind: z.string().default('0.0.0.0'),
      port: port.default(4848),
      limits: limits.prefault({}),
    })
    .prefault({}),
  stun: z
    .looseObject({
      enabled: z.boolean().default(false),
      bind: z.string().default('0.0.0.0'),
      port: port.default(3478),
    })
    .prefault({}),
  turn: turn.prefault({}),
});

/** Everything but `networks`, whose entries are judged one by one. */
export const sections = {
  identity_path: z.string().nullable().default(null),
  auto_update: autoUpdate.prefault({}),
  auto_cleanup: z.looseObject({ updates: z.boolean().default(false) }).prefault({}),
  daemon: daemon.prefault({}),
  services: services.prefault({}),
};

export interface Config {
  version: number;
  identity_path: string | null;
  auto_update: z.infer<typeof autoUpdate>;
  auto_cleanup: { updates: boolean };
  daemon: z.infer<typeof daemon>;
  services: z.infer<typeof services>;
  networks: NetworkConfig[];
}
