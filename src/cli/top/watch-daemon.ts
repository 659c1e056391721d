/** What a running daemon says of itself on its control socket: asked once a second, and at once when something happens. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ControlClient } from '../control-client.js';

const text = z.string();
const status = z.object({ version: text, device_id: text });
const identity = z.object({ label: text });
const networks = z.object({
  networks: z.array(
    z.object({
      config_id: text,
      network_id: text,
      wakemesh: z.object({ relays: z.array(z.object({ url: text, state: text })) }),
    }),
  ),
});
const peers = z.object({
  peers: z.array(
    z.object({
      device_id: text,
      label: text,
      rtt_ms: z.number().nullable(),
      selected_pair: z.object({ local: text, remote: text }).nullable(),
      local_approve_sent: z.boolean(),
      verification_code_sent: text.nullable(),
      verification_code_received: text.nullable(),
      wakemesh: z.object({
        state: z.enum(['sighted', 'handshaking', 'active', 'stale', 'gone']),
        detail: text,
        epoch: z.number(),
        last_frame_ago_ms: z.number().nullable(),
      }),
    }),
  ),
});
const push = z.object({
  kind: z.literal('wakemesh'),
  at_ms: z.number(),
  event: z.discriminatedUnion('type', [
    z.object({
      type: z.literal('recovered'),
      peer: z.object({ deviceId: text, label: text }),
      ms: z.number(),
      via: text,
    }),
    z.object({ type: z.literal('woke'), pausedMs: z.number(), kind: text }),
  ]),
});

export type Peer = z.infer<typeof peers>['peers'][number];
export type Happening = z.infer<typeof push>;

export interface Picture {
  version: string;
  device: string;
  label: string;
  networks: { id: string; relays: { url: string; state: string }[]; peers: Peer[] }[];
  /** Recoveries and wakes since we watch, the newest last. */
  happenings: Happening[];
}

const REFRESH_MS = 1_000;
/** Things happen in bursts: one look shows them all. */
const SETTLE_MS = 50;
const MAX_HAPPENINGS = 100;

export async function look(control: ControlClient, happenings: Happening[]): Promise<Picture> {
  const { version, device_id: device } = status.parse(await control.request({ op: 'status' }));
  const { label } = identity.parse(await control.request({ op: 'identity_show' }));
  const joined = networks.parse(await control.request({ op: 'networks_list' })).networks;
  const shown: Picture['networks'] = [];
  for (const { config_id: id, network_id: network, wakemesh } of joined) {
    const list = peers.parse(await control.request({ op: 'peers_list', network }));
    shown.push({ id, relays: wakemesh.relays, peers: list.peers });
  }
  return { version, device, label, networks: shown, happenings };
}

/** Calls back with each picture until `ended` is aborted. Throws when the daemon goes away. */
export async function watch(
  connect: () => Promise<ControlClient>,
  happenings: Happening[],
  show: (picture: Picture) => void,
  ended: AbortSignal,
): Promise<void> {
  const [asks, listens] = [await connect(), await connect()];
  let news = () => {};
  const listening = listen(listens, happenings, () => news());
  listening.catch(() => {}); // its end may come while nobody awaits it
  try {
    while (!ended.aborted) {
      const happened = new Promise<void>((resolve) => {
        news = resolve;
      });
      show(await look(asks, happenings));
      await Promise.race([sleep(REFRESH_MS, undefined, { signal: ended }), happened, listening]);
      await sleep(SETTLE_MS, undefined, { signal: ended });
    }
  } catch (error) {
    if (!ended.aborted) throw error;
  } finally {
    asks.close();
    listens.close();
  }
}

async function listen(control: ControlClient, happenings: Happening[], news: () => void): Promise<never> {
  await control.request({ op: 'events_subscribe' });
  for (;;) {
    const next = push.safeParse(await control.next());
    if (next.success) happenings.push(next.data);
    happenings.splice(0, happenings.length - MAX_HAPPENINGS);
    news();
  }
}
