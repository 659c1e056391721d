/** `ctl send`, `listen` and `call`: messages and calls through the running daemon. */
import { type Command, InvalidArgumentError } from 'commander';
import { DaemonError } from '../daemon/errors.js';
import type { ControlClient } from './control-client.js';

export interface ControlAccess {
  /** One request, its answer on stdout. */
  ask(request: object): Promise<void>;
  connect(): Promise<ControlClient>;
}

export function addMessages(ctl: Command, { ask, connect }: ControlAccess): void {
  ctl
    .command('send <network> <channel> <message>')
    .description('send a message (JSON, or else a text) to every active peer')
    .option('--to <peer>', 'to this peer only')
    .option('--reliable', 'with --to: repeat it until the peer has it, and say so')
    .option('--ttl <seconds>', 'with --reliable: give up after this time', toMs)
    .action((network: string, channel: string, message: string, { to, reliable, ttl }: SendFlags) => {
      const payload = jsonOrText(message);
      const about = { network, channel, peer: to, payload };
      if (to === undefined) {
        if (reliable) ctl.error('error: --reliable needs --to <peer>');
        return ask({ op: 'channel_send_all', network, channel, payload });
      }
      if (reliable) return ask({ op: 'channel_send_reliable', ...about, ttl_ms: ttl });
      return ask({ op: 'channel_send_to', ...about });
    });
  ctl
    .command('call <network> <peer> <method> [payload]')
    .description('call a method of a peer with a payload (JSON, or else a text; default null) and print the answer')
    .option('--timeout <seconds>', 'give up after this time', toMs)
    .option('--stream', 'print each part of the answer as a JSON line')
    .action(async (network: string, peer: string, method: string, payload = 'null', flags: CallFlags = {}) => {
      const about = { network, peer, method, payload: jsonOrText(payload), timeout_ms: flags.timeout };
      if (flags.stream) await callStream(connect, about);
      else await ask({ op: 'rpc_call', ...about });
    });
  ctl
    .command('listen <network> <channel>')
    .description('print the messages of a channel, one JSON line each, until ended')
    .action((network: string, channel: string) => listen(connect, network, channel));
}

interface SendFlags {
  to?: string;
  reliable?: boolean;
  /** Milliseconds. */
  ttl?: number;
}

interface CallFlags {
  /** Milliseconds. */
  timeout?: number;
  stream?: boolean;
}

function toMs(seconds: string): number {
  const ms = Math.round(Number(seconds) * 1000);
  if (!(ms > 0)) throw new InvalidArgumentError('give a number of seconds above 0');
  return ms;
}

async function listen(connect: () => Promise<ControlClient>, network: string, channel: string): Promise<never> {
  const pushes = await connect();
  const { client_id } = (await pushes.request({ op: 'events_subscribe' })) as { client_id: string };
  const requests = await connect(); // the first connection carries pushes only
  await requests.request({ op: 'channel_subscribe', client_id, network, channel });
  requests.close();
  for (;;) {
    const push = (await pushes.next()) as { kind: string; from: string; payload: unknown };
    if (push.kind === 'channel_inbound') console.log(JSON.stringify({ from: push.from, payload: push.payload }));
  }
}

async function callStream(connect: () => Promise<ControlClient>, about: object): Promise<void> {
  const pushes = await connect();
  const { client_id } = (await pushes.request({ op: 'events_subscribe' })) as { client_id: string };
  const requests = await connect(); // the first connection carries pushes only
  const { request_id } = (await requests.request({ op: 'rpc_call_stream', client_id, ...about })) as StreamPush;
  requests.close();
  for (;;) {
    const push = (await pushes.next()) as StreamPush;
    if (push.request_id !== request_id) continue;
    if (push.kind === 'rpc_call_stream_chunk') console.log(JSON.stringify(push.payload));
    else {
      pushes.close();
      if (push.error) throw new DaemonError(`daemon error: ${push.error}`);
      return;
    }
  }
}

interface StreamPush {
  kind: string;
  request_id: string;
  payload?: unknown;
  error?: string | null;
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
