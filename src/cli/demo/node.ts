/** One daemon of the demo, seen through its control socket. */
import { join } from 'node:path';
import { z } from 'zod';
import { Control } from './control.js';
import type { Processes } from './processes.js';
import { type Push, parsePush } from './pushes.js';
import { sleep } from './wait.js';

export const NETWORK = 'demo';
export const CHANNEL = 'demo';

const CONNECT_POLL_MS = 5;
const CONNECT_BOUND_MS = 30_000;

const identitySchema = z.object({ pubkey: z.string() });
const peersSchema = z.object({
  peers: z.array(
    z.object({ device_id: z.string(), status: z.string(), wakemesh: z.object({ epoch: z.number().int() }) }),
  ),
});

export interface PeerView {
  active: boolean;
  epoch: number;
}

export class DemoNode {
  /** A, B, C … in the order of the device ids. */
  name = '';
  deviceId = '';
  control: Control | null = null;

  constructor(
    readonly process: string,
    readonly processes: Processes,
    readonly onPush: (node: DemoNode, push: Push) => void,
  ) {}

  /** Starts the process and connects as soon as its socket answers. Rejects after 30 s. */
  async start(): Promise<void> {
    this.processes.startDaemon(this.process);
    const path = join(this.processes.home(this.process), 'daemon.sock');
    const onLine = (line: string) => {
      const push = parsePush(line);
      if (push !== null) this.onPush(this, push);
    };
    const giveUpAt = performance.now() + CONNECT_BOUND_MS;
    for (;;) {
      try {
        this.control = await Control.open(path, onLine);
        break;
      } catch (error) {
        if (performance.now() > giveUpAt) throw new Error(`no answer on ${path}`, { cause: error });
        await sleep(CONNECT_POLL_MS);
      }
    }
    this.deviceId = identitySchema.parse(await this.control.request('identity_show')).pubkey;
    const { clientId } = this.control;
    await this.control.request('channel_subscribe', { client_id: clientId, network: NETWORK, channel: CHANNEL });
  }

  async kill(): Promise<void> {
    this.control?.close();
    this.control = null;
    await this.processes.kill(this.process);
  }

  /** By device id. */
  async peers(): Promise<Map<string, PeerView>> {
    if (this.control === null) return new Map();
    const { peers } = peersSchema.parse(await this.control.request('peers_list', { network: NETWORK }));
    return new Map(
      peers.map((peer) => [peer.device_id, { active: peer.status === 'active', epoch: peer.wakemesh.epoch }]),
    );
  }
}
