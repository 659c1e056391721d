/** One daemon of the demo, seen through its control socket. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { ControlClient } from '../control-client.js';
import { type Push, parsePush } from './pushes.js';
import { sleep } from './wait.js';

export const NETWORK = 'demo';
const CHANNEL = 'demo';

const CONNECT_POLL_MS = 5;
const CONNECT_BOUND_MS = 30_000;

const subscribedSchema = z.object({ client_id: z.string() });
const identitySchema = z.object({ pubkey: z.string() });
const peersSchema = z.object({
  peers: z.array(z.object({ device_id: z.string(), wakemesh: z.object({ state: z.string(), epoch: z.number() }) })),
});

/** Who starts and ends the daemon's process. */
export interface DaemonHost {
  home(name: string): string;
  startDaemon(name: string): void;
  kill(name: string): Promise<void>;
}

export interface PeerView {
  active: boolean;
  epoch: number;
}

/** Three connections, so that the steady stream of messages waits for no answer and delays no push. */
interface Connections {
  requests: ControlClient;
  pushes: ControlClient;
  messages: Socket;
}

export class DemoNode {
  /** A, B, C … in the order of the device ids. */
  name = '';
  deviceId = '';
  #connections: Connections | null = null;

  constructor(
    readonly process: string,
    readonly host: DaemonHost,
    readonly onPush: (node: DemoNode, push: Push) => void,
  ) {}

  /** Starts the process and connects as soon as its socket answers. Rejects after 30 s. */
  async start(): Promise<void> {
    this.host.startDaemon(this.process);
    const path = join(this.host.home(this.process), 'daemon.sock');
    const requests = await openWhenUp(path);
    const pushes = await ControlClient.open(path, 'demo');
    const messages = connect(path).resume();
    messages.on('error', () => {}); // a killed daemon resets its sockets: the end of its process is what counts
    await once(messages, 'connect');
    this.#connections = { requests, pushes, messages };
    this.deviceId = identitySchema.parse(await this.#request('identity_show')).pubkey;
    const { client_id } = subscribedSchema.parse(await pushes.request({ op: 'events_subscribe' }));
    this.#readPushes(pushes);
    await this.#request('channel_subscribe', { client_id, network: NETWORK, channel: CHANNEL });
  }

  async kill(): Promise<void> {
    this.disconnect();
    await this.host.kill(this.process);
  }

  disconnect(): void {
    this.#connections?.requests.close();
    this.#connections?.pushes.close();
    this.#connections?.messages.destroy();
    this.#connections = null;
  }

  /** Writes it to the daemon at once; what becomes of it shows at the other end. */
  send(toDeviceId: string, payload: object): void {
    const request = { op: 'channel_send_to', network: NETWORK, channel: CHANNEL, peer: toDeviceId, payload };
    this.#connections?.messages.write(`${JSON.stringify(request)}\n`);
  }

  /** By device id; empty while the daemon is down. */
  async peers(): Promise<Map<string, PeerView>> {
    if (this.#connections === null) return new Map();
    const { peers } = peersSchema.parse(await this.#request('peers_list', { network: NETWORK }));
    return new Map(
      peers.map(({ device_id, wakemesh: { state, epoch } }) => [device_id, { active: state === 'active', epoch }]),
    );
  }

  #request(op: string, fields: object = {}): Promise<unknown> {
    if (this.#connections === null) throw new Error(`${this.process} is not connected`);
    return this.#connections.requests.request({ op, ...fields });
  }

  async #readPushes(pushes: ControlClient): Promise<void> {
    for (;;) {
      // The end of the connection is no error here: the round killed the daemon, or its host reports that it died.
      const line = await pushes.next().catch(() => undefined);
      if (line === undefined) return;
      const push = parsePush(line);
      if (push !== null) this.onPush(this, push);
    }
  }
}

async function openWhenUp(path: string): Promise<ControlClient> {
  const giveUpAtMs = performance.now() + CONNECT_BOUND_MS;
  for (;;) {
    try {
      return await ControlClient.open(path, 'demo');
    } catch (error) {
      if (performance.now() > giveUpAtMs) throw error;
      await sleep(CONNECT_POLL_MS);
    }
  }
}
