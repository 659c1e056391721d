/** What each request on the control socket does. Answers have upstream's members; a refusal is a thrown `Error`. */

import { displayId } from '../identity/keys.js';
import type { InspectServer } from '../inspect/server.js';
import type { Channel, Network, SendOutcome } from '../mesh/api.js';
import { generateNetworkId } from '../signaling/room.js';
import type { Config } from './config-schema.js';
import { type ControlClients, pushLine } from './control-clients.js';
import type { OpName, RequestOf } from './control-requests.js';
import { rpcOps } from './control-rpc.js';
import { type ShapeContext, shapeOps } from './control-shape.js';
import { governanceView } from './governance-view.js';
import { requireDeviceId, requireNetworkId } from './ids.js';
import { type JoinedNetwork, networkView } from './network-view.js';
import { peerView } from './peer-view.js';

/** What the ops need of the daemon. */
export interface ControlContext extends ShapeContext {
  readonly version: string;
  readonly boot: number;
  readonly deviceId: string;
  label(): string;
  /** Durable, and in force for the next handshake. */
  setLabel(label: string): Promise<void>;
  networks(): JoinedNetwork[];
  /** Resolves when every network of the configuration has been joined or refused. */
  joined: Promise<void>;
  /** The configuration in force, read again from disk. */
  readConfig(): Promise<Config>;
  /** Address of the relay we host, null when we host none. */
  relayListen(): string | null;
  randomBytes(length: number): Uint8Array;
  /** Starts the inspection server, or finds it running. */
  startInspector(port?: number): Promise<InspectServer>;
}

/** `data` of the answer to each op; a thrown `Error` is a refusal. */
export type Answers = {
  [Op in Exclude<OpName, 'events_subscribe'>]: (request: RequestOf<Op>) => object | Promise<object>;
};

export function controlOps(context: ControlContext, clients: ControlClients): Answers {
  /** By config id or wire id, as in upstream. */
  const find = (name: string): JoinedNetwork => {
    const found = context.networks().find(({ config, network }) => config.id === name || network.id === name);
    if (!found) throw new Error(`unknown network: ${name}`);
    return found;
  };
  const joined = (name: string): Network => find(name).network;
  const identity = () => ({
    device_id: displayId(context.deviceId),
    pubkey: context.deviceId,
    label: context.label(),
  });

  return {
    ...rpcOps({ clients, randomBytes: context.randomBytes, joined }),

    status: () => ({
      version: context.version,
      device_id: displayId(context.deviceId),
      joined_networks: context.networks().map(({ network }) => network.id),
      media_lanes: 0,
      media_pipes: false,
      wakemesh: { boot: context.boot, pid: process.pid },
    }),
    identity_show: identity,
    identity_set_label: async ({ label }) => {
      await context.setLabel(label);
      return identity();
    },
    network_id_generate: () => ({ network_id: generateNetworkId(context.randomBytes) }),
    network_id_normalize: ({ input }) => ({ network_id: requireNetworkId(input) }),
    config_show: async () => ({ config: await context.readConfig() }),
    services_status: async () => {
      const config = (await context.readConfig()).services;
      return { status: servicesStatus(config, context), config };
    },

    networks_list: () => ({
      networks: context
        .networks()
        .toSorted((a, b) => (a.config.id < b.config.id ? -1 : 1))
        .map(networkView),
    }),
    ...shapeOps(context, find),
    peers_list: ({ network }) => ({ peers: joined(network).peers().map(peerView) }),
    roster_list: ({ network }) => ({ roster: joined(network).roster.list() }),
    roster_approve: async ({ network, device_id, label }) => {
      await joined(network).approve(requireDeviceId(device_id), label ?? undefined);
      return { approved: device_id };
    },
    roster_remove: async ({ network, device_id }) => {
      await joined(network).remove(requireDeviceId(device_id));
      return { removed: device_id };
    },

    governance_state: ({ network }) => governanceView(find(network)),

    inspect_start: async ({ port }) => {
      const { consoleUrl, bridgeUrl, socketUrl, ...server } = await context.startInspector(port ?? 0);
      return { port: server.port, console_url: consoleUrl, bridge_url: bridgeUrl, socket_url: socketUrl };
    },

    capabilities_set: ({ network, capabilities }) => {
      joined(network).setCapabilities(capabilities);
      return { advertised: true };
    },

    channel_subscribe: ({ client_id, network, channel }) => {
      const client = clients.require(client_id);
      const { id } = joined(network);
      client.subscribe(subscriptionKey(network, channel), () =>
        joined(id)
          .channel(channel)
          .subscribe(({ from, payload }) =>
            client.push(pushLine({ kind: 'channel_inbound', network, from, channel, payload })),
          ),
      );
      return { subscribed: true };
    },
    channel_unsubscribe: ({ client_id, network, channel }) => {
      const client = clients.require(client_id);
      joined(network);
      client.unsubscribe(subscriptionKey(network, channel));
      return { unsubscribed: true };
    },
    channel_send_to: ({ network, channel, peer, payload }) => {
      const joinedNetwork = joined(network);
      return sendTo(joinedNetwork.channel(channel), joinedNetwork, peer, payload);
    },
    channel_send_all: ({ network, channel, payload }) => ({
      dispatched_to: joined(network).channel(channel).sendAll(payload),
    }),
  };
}

/** The name the client used is part of it: pushes repeat that name. */
function subscriptionKey(network: string, channel: string): string {
  return JSON.stringify([network, channel]);
}

function sendTo(channel: Channel<unknown>, network: Network, peer: string, payload: unknown): object {
  const id = network.peer(peer) ? peer : bareOr(peer);
  const outcome = channel.send(id, payload);
  if (outcome.status === 'refused') throw new Error(refusal(outcome.reason, peer));
  return { sent: true, outcome: outcome.status };
}

/** A text that is no device id is no peer either: upstream's answer for both is the same. */
function bareOr(peer: string): string {
  try {
    return requireDeviceId(peer);
  } catch {
    return peer;
  }
}

function refusal(reason: Extract<SendOutcome, { status: 'refused' }>['reason'], peer: string): string {
  switch (reason) {
    case 'unknown-peer':
      return `peer ${peer} not found in active set`;
    case 'not-active':
      return 'transport: session not yet established';
    case 'queue-full':
      return `transport: outbox full for peer ${peer}; try again when it reads`;
    case 'too-large':
      return 'transport: outbound packet larger than maximum message size';
    case 'closed':
      return 'network down';
  }
}

function servicesStatus(config: Config['services'], context: ControlContext): object {
  const joined = context.networks().length;
  const off = { running: false, listen: null };
  const listen = context.relayListen();
  return {
    node: { enabled: config.node.enabled, joined },
    relay: { enabled: config.relay.enabled, networks: 0, max_fanout: config.relay.max_fanout },
    signaling: { enabled: config.signaling.enabled, running: listen !== null, listen },
    stun: { enabled: config.stun.enabled, ...off },
    turn: { enabled: config.turn.enabled, ...off },
  };
}
