/** The recorded session of the real daemon with RPC, line by line against two of ours. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  cleanUp,
  type DaemonProcess,
  type EventStream,
  networkConfig,
  type Push,
  startDaemon,
  startProgram,
} from '../support/daemon.js';
import { until } from '../support/daemon-pair.js';
import { readJsonLines } from '../support/jsonl.js';

interface Line {
  name: string;
  who: 'A' | 'B';
  request?: string;
  response?: string;
  push?: string;
}

const recorded = readJsonLines<Line>('control-socket/rpc.jsonl');
const A_ID = 'fofj4nsa7vlyhkipovpdrpn5kzd6qrrmfggq7tshcyif6ujgy3ea';
const B_ID = 'o4wdbfv3szmt6l72m5heps2hv2ufdu6uecq4vkduwvb5y6bf2xqa';

/** What we answer where we mean to differ. */
const OURS: Record<string, object> = {
  'call after unregister': { ok: false, error: "handler returned error: no handler for 'echo'" },
  'single call of a stream method': { ok: false, error: 'gen answers in parts: use callStream' },
};
const END_WITH = (id: number, error: string) => ({
  kind: 'rpc_call_stream_end',
  request_id: `ipc-stream-${id}`,
  error: `handler returned error: ${error}`,
});
/** Pushes to the caller of a stream: upstream loses the error, and the single answer to a stream call. */
const OUR_PUSHES: Record<string, object[]> = {
  'stream, end with error': [
    { kind: 'rpc_call_stream_chunk', request_id: 'ipc-stream-1', payload: 1 },
    END_WITH(1, 'bad luck'),
  ],
  'stream, respond instead': [END_WITH(2, 'IPC handler dropped without responding')],
  'stream call of unknown method': [END_WITH(3, "no handler for 'nosuch'")],
  'stream call of a single method': [
    { kind: 'rpc_call_stream_chunk', request_id: 'ipc-stream-4', payload: 1 },
    { kind: 'rpc_call_stream_end', request_id: 'ipc-stream-4', error: null },
  ],
};
/** Display ids reach their peer here, and a call without an answer ends after its time. */
const ELSEWHERE = new Set([
  'call display id',
  '… push at second client',
  'call goes to the second client',
  'call after the owner closed its socket',
  '… once more',
  'call never answered, 20 s · push at B',
  'call never answered, 20 s',
]);

const daemons = {} as Record<'A' | 'B', DaemonProcess>;
const events = {} as Record<'A' | 'B', EventStream>;
let second: EventStream;
/** Recorded words and what they are here. */
const words = new Map<string, string>();

beforeAll(async () => {
  const program = startProgram(['relay', '--port', '0']);
  const relay = /ws:\S+/.exec(await program.said(/ws:\S+\n/))?.[0] as string;
  for (const who of ['A', 'B'] as const) {
    daemons[who] = await startDaemon({ config: { networks: [networkConfig('ops', relay)] } });
    events[who] = await daemons[who].events();
    words.set(who === 'A' ? A_ID : B_ID, (await daemons[who].ask('identity_show')).pubkey);
  }
  second = await daemons.B.events();
  words.set('"c2"', `"${second.clientId}"`);
  const isActive = async (who: 'A' | 'B') =>
    (await daemons[who].ask('peers_list', { network: 'ops' })).peers[0]?.status === 'active';
  await until(async () => (await isActive('A')) && (await isActive('B')));
});
afterAll(cleanUp);

const here = (text: string) => [...words].reduce((all, [theirs, ours]) => all.replaceAll(theirs, ours), text);
const ask = ({ who, request }: Line) => daemons[who].control(here(request as string));

describe('RPC on the control socket answers as upstream does', () => {
  const begun = new Map<string, Promise<Answer>>();

  for (const line of recorded.filter(({ name }) => !ELSEWHERE.has(name))) {
    const [name, where] = line.name.split(' · ') as [string, string | undefined];
    it(line.name, async () => {
      if (where === 'pushes at A') return await pushesAtCaller(name, line);
      if (where === 'push at B' || name.startsWith('…')) return await pushAtHandler(name, line);
      const answer = await (begun.get(name) ?? ask(line));
      begun.delete(name);
      expect(answer).toEqual(OURS[name] ?? JSON.parse(here(line.response as string)));
    });
  }

  /** The call itself stands after what it caused: it is begun with the first push. */
  async function pushAtHandler(name: string, line: Line): Promise<void> {
    const call = recorded.find((other) => other.name === name && other.request !== undefined && other.who === 'A');
    if (call?.request?.includes('"rpc_call"')) begun.set(name, ask(call));
    const expected = JSON.parse(here(line.push as string));
    const push = await events.B.find(({ kind }: Push) => kind === expected.kind);
    if (expected.request_id) words.set(expected.request_id, push.request_id);
    expect(push).toEqual(JSON.parse(here(line.push as string)));
  }

  async function pushesAtCaller(name: string, line: Line): Promise<void> {
    const ours = OUR_PUSHES[name];
    const expected = ours ? ours.shift() : JSON.parse(line.push as string);
    for (const each of line.push?.includes('_end"') && ours ? [expected, ...ours.splice(0)] : [expected]) {
      expect(await events.A.find(({ kind }: Push) => kind.startsWith('rpc_call_stream'))).toEqual(each);
    }
  }
});

describe('where upstream lets a caller wait for ever', () => {
  const call = (fields: object) =>
    daemons.A.control({ op: 'rpc_call', network: 'ops', peer: words.get(B_ID), method: 'm', payload: 1, ...fields });
  const register = (client: EventStream) =>
    daemons.B.ask('rpc_register', { client_id: client.clientId, network: 'ops', method: 'm', streaming: false });

  it('the call ends after its time', async () => {
    await register(events.B);
    expect(await call({ timeout_ms: 500 })).toEqual({ ok: false, error: 'm: no answer within 500 ms' });
  });

  it('and with its handler: a client that goes away while it owes an answer, or holds the method', async () => {
    await register(second);
    const waiting = call({});
    await second.find(({ kind }: Push) => kind === 'rpc_inbound');
    second.close();
    expect(await waiting).toEqual({
      ok: false,
      error: 'handler returned error: IPC handler dropped without responding',
    });
    expect(await call({})).toEqual({ ok: false, error: "handler returned error: no handler for 'm'" });
  });

  it('a display id is a name of the same peer', async () => {
    const { device_id } = await daemons.B.ask('identity_show');
    expect((await call({ peer: device_id })).error).toMatch(/no handler for 'm'/);
  });
});
