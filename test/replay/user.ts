/** What the users and applications of both sides did, done to our mesh. */
import { z } from 'zod';
import type { Network } from '../../src/mesh/api.js';
import type { Side } from '../protocol/recording.js';

const ignore = () => {};

/** What the applications of this side answered. */
export function serve(network: Network, us: Side): void {
  network.channel('probe').subscribe(ignore);
  const number = z.number().catch(0);
  if (us === 'daemon') {
    network.rpc.serve('add', ({ payload }) => {
      const { a, b } = z.object({ a: number, b: number }).parse(payload);
      return a + b;
    });
    network.rpc.serveStream('tick', () => counted('tick', 3));
  } else {
    network.rpc.serve('echo', ({ payload }) => ({ echo: payload }));
    network.rpc.serve('fail', () => {
      throw new Error('client says no');
    });
    network.rpc.serveStream('count', ({ payload }) => counted('i', number.parse(payload)));
  }
}

async function* counted(name: string, last: number): AsyncGenerator {
  for (let i = 1; i <= last; i += 1) yield { [name]: i };
}

/** Something to be done on purpose; everything else a mesh says by itself. */
export type Wish = (network: Network, peer: string) => void;

const ORDERS: Record<string, Wish> = {
  roster_approve: (network, peer) => void network.approve(peer).catch(ignore),
  roster_remove: (network, peer) => void network.remove(peer).catch(ignore),
  network_reconnect: (network, peer) => network.reconnect(peer),
};

/** What the daemon's user ordered beside talking. */
export const wishOrdered = (op: string): Wish | undefined => ORDERS[op];

const word = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('channel'), channel: z.string(), payload: z.unknown() }),
  z.object({ kind: z.literal('channel_seq'), channel: z.string(), payload: z.unknown() }),
  z.object({ kind: z.literal('rpc_request'), method: z.string(), payload: z.unknown(), streaming: z.boolean() }),
  z.object({ kind: z.literal('capabilities_update'), capabilities: z.record(z.string(), z.unknown()) }),
]);

/** The wish of an application behind what was said on a channel, if there is one. */
export function wishBehind(text: string): Wish | undefined {
  const said = word.safeParse(parsed(text)).data;
  switch (said?.kind) {
    case 'channel':
      return (network, peer) => void network.channel(said.channel).send(peer, said.payload);
    case 'channel_seq':
      return (network, peer) => void network.channel(said.channel).sendReliable(peer, said.payload).catch(ignore);
    case 'rpc_request':
      return ({ rpc }, peer) => {
        const { method, payload } = said;
        if (said.streaming) void readAll(() => rpc.callStream(peer, method, payload)).catch(ignore);
        else void rpc.call(peer, method, payload).catch(ignore);
      };
    case 'capabilities_update':
      return (network) => network.setCapabilities(said.capabilities);
    default:
      return undefined;
  }
}

/** The test client also said what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readAll(call: () => AsyncIterable<unknown>): Promise<void> {
  for await (const _ of call());
}
