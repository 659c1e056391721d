/** Reliable messages, capabilities and the commands for them, between two daemons, in the words that upstream uses. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  cleanUp,
  type DaemonProcess,
  type EventStream,
  networkConfig,
  type Push,
  runProgram,
  startDaemon,
  startProgram,
} from '../support/daemon.js';
import { until } from '../support/daemon-pair.js';
import { readJsonLines } from '../support/jsonl.js';

interface Line {
  name: string;
  request?: string;
  response?: string;
  push?: string;
  value?: string;
}

const A_ID = 'fofj4nsa7vlyhkipovpdrpn5kzd6qrrmfggq7tshcyif6ujgy3ea';
const B_ID = 'o4wdbfv3szmt6l72m5heps2hv2ufdu6uecq4vkduwvb5y6bf2xqa';
const ABSENT = 'ydo4vwkvxfgfyd6zlcbmpxrsqzyyzvzl4bw3bnnc7mz2ibkdbdcq';

let a: DaemonProcess;
let b: DaemonProcess;
let atB: EventStream;
let aId: string;
let bId: string;

beforeAll(async () => {
  const program = startProgram(['relay', '--port', '0']);
  const relay = /ws:\S+/.exec(await program.said(/ws:\S+\n/))?.[0] as string;
  const config = { networks: [networkConfig('ops', relay)] };
  [a, b] = [await startDaemon({ config }), await startDaemon({ config })];
  [aId, bId] = [(await a.ask('identity_show')).pubkey, (await b.ask('identity_show')).pubkey];
  atB = await b.events();
  const isActive = async (daemon: DaemonProcess) =>
    (await daemon.ask('peers_list', { network: 'ops' })).peers[0]?.status === 'active';
  await until(async () => (await isActive(a)) && (await isActive(b)));
});
afterAll(cleanUp);

const here = (text: string) => JSON.parse(text.replaceAll(A_ID, aId).replaceAll(B_ID, bId));

describe('channel_send_reliable', () => {
  const recorded = readJsonLines<Line>('control-socket/reliable.jsonl');
  const line = (name: string) => recorded.find((each) => each.name === name) as Line;
  const send = (fields: object) =>
    a.control({ op: 'channel_send_reliable', network: 'ops', channel: 'rel', peer: bId, payload: 1, ...fields });

  it('answers when the far end has it, and it arrives once', async () => {
    await b.ask('channel_subscribe', { client_id: atB.clientId, network: 'ops', channel: 'rel' });
    for (const name of ['reliable to active', 'nobody subscribed there', 'ttl 1']) {
      const { request, response } = line(name);
      expect(await a.control(JSON.stringify(here(request as string)))).toEqual(here(response as string));
    }
    const inbound = (push: Push) => push.kind === 'channel_inbound';
    expect(await atB.find(inbound)).toEqual(here(line('… arrives').push as string));
    expect((await atB.find(inbound)).payload).toBe(1);
  });

  it('to an absent device: expired', async () => {
    const { response } = line('unknown peer ttl 800');
    const expired = JSON.parse((response as string).replace('nobody', ABSENT));
    expect(await Promise.all([1, 2, 3].map(() => send({ peer: ABSENT, ttl_ms: 800 })))).toEqual([
      expired,
      expired,
      expired,
    ]);
  });

  it('refuses at once what can never be delivered', async () => {
    expect((await send({ peer: 'nobody' })).error).toMatch(/^"nobody" is not a device id/);
    expect((await send({ payload: 'x'.repeat(70_000) })).error).toMatch(/larger than maximum message size$/);
  });
});

describe('capabilities_set', () => {
  const recorded = readJsonLines<Line>('control-socket/capabilities.jsonl');

  it('is told to the peers, as upstream tells it', async () => {
    const changed = ({ kind, event }: Push) => kind === 'event' && event.kind === 'capabilities_changed';
    for (const { request, response, push, value } of recorded) {
      if (request) {
        const answer: Answer = await a.control(request);
        const upstream = JSON.parse(response as string);
        expect(answer.ok).toBe(upstream.ok);
        if (upstream.ok) expect(answer).toEqual(upstream);
        else expect(answer.error).toMatch(/^parse: capabilities.max_connections/);
      }
      if (push) expect(await atB.find(changed)).toEqual(here(push));
      const [peer] = (await b.ask('peers_list', { network: 'ops' })).peers;
      if (value) expect(peer.capabilities).toEqual(JSON.parse(value));
    }
  });

  it('and to a device that comes later, in its hello', async () => {
    await a.ask('capabilities_set', { network: 'ops', capabilities: { tags: ['gpu'] } });
    await b.stop();
    b = await startDaemon({ home: b.home });
    const told = async () =>
      (await b.ask('peers_list', { network: 'ops' })).peers[0]?.capabilities?.tags?.[0] === 'gpu';
    await until(told);
    const tooMuch = { network: 'ops', capabilities: { tags: ['x'.repeat(40_000)] } };
    await expect(a.ask('capabilities_set', tooMuch)).rejects.toThrow(/more than 32768; say less/);
  });
});

describe('ctl', () => {
  const ctl = (...args: string[]) => runProgram(['ctl', ...args], { home: a.home });

  it('send --reliable, and call in both forms', async () => {
    const events = await b.events();
    for (const [method, streaming] of [
      ['echo', false],
      ['parts', true],
    ]) {
      await b.ask('rpc_register', { client_id: events.clientId, network: 'ops', method, streaming });
    }
    const serve = async () => {
      for await (const { kind, request_id, payload } of events) {
        if (kind !== 'rpc_inbound') continue;
        if (payload !== 'parts') await b.ask('rpc_respond', { request_id, ok: payload });
        else {
          for (const part of [1, 'two']) await b.ask('rpc_stream_chunk', { request_id, payload: part });
          await b.ask('rpc_stream_end', { request_id });
        }
      }
    };
    void serve();
    await until(async () => (await a.ask('peers_list', { network: 'ops' })).peers[0]?.status === 'active');
    expect(
      JSON.parse((await ctl('send', 'ops', 'news', 'x', '--to', bId, '--reliable', '--ttl', '20')).stdout),
    ).toEqual({
      delivered: true,
    });
    expect(JSON.parse((await ctl('call', 'ops', bId, 'echo', '{"n":1}')).stdout)).toEqual({ response: { n: 1 } });
    expect((await ctl('call', 'ops', bId, 'parts', 'parts', '--stream')).stdout).toBe('1\n"two"\n');
    expect(await ctl('call', 'ops', bId, 'nosuch', '--stream', '--timeout', '9')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: "error: daemon error: handler returned error: no handler for 'nosuch'\n",
    });
    expect((await ctl('send', 'ops', 'news', 'x', '--reliable')).code).toBe(2);
    expect((await ctl('call', 'ops', bId, 'echo', '--timeout', 'soon')).code).toBe(2);
    events.close();
  });
});
