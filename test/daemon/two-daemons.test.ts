import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  cleanUp,
  type DaemonProcess,
  type EventStream,
  networkConfig,
  type Push,
  runProgram,
  startDaemon,
  startProgram,
} from '../support/daemon.js';
import { readJsonLines } from '../support/jsonl.js';

let a: DaemonProcess;
let b: DaemonProcess;
let relay: string;
let seenByA: EventStream;
const idOf = new Map<DaemonProcess, string>();

beforeAll(async () => {
  const program = startProgram(['relay', '--port', '0']);
  relay = /ws:\S+/.exec(await program.said(/ws:\S+\n/))?.[0] as string;
  const config = { networks: [networkConfig('ops', relay)] };
  a = await startDaemon({ config });
  seenByA = await a.events();
  b = await startDaemon({ config });
  for (const daemon of [a, b]) idOf.set(daemon, (await daemon.ask('identity_show')).pubkey);
});
afterAll(cleanUp);

const isPeer = (kind: string) => (push: Push) => push.kind === 'event' && push.event.kind === kind;

describe('two daemons meet', () => {
  const recorded = readJsonLines<{ line: string }>('control-socket/events.jsonl').map(({ line }) => JSON.parse(line));
  const formOf = (kind: string) => Object.keys(recorded.find(({ event }) => event.kind === kind).event);

  it('and the events have the forms of upstream, in its order', async () => {
    for (const kind of ['sighted', 'authenticated', 'approved']) {
      const { event } = await seenByA.find(isPeer(kind));
      expect(event.device_id).toBe(idOf.get(b));
      expect(Object.keys(event).sort()).toEqual(formOf(kind).sort());
    }
    const { event } = await seenByA.find(isPeer('changed'));
    expect(event).toEqual({
      event_kind: 'phase',
      kind: 'changed',
      network_id: 'ops',
      prev: expect.any(String),
      next: 'active',
    });
  });

  it('peers_list has every member of upstream', async () => {
    await expect.poll(async () => (await b.ask('peers_list', { network: 'ops' })).peers[0]?.status).toBe('active');
    const [peer] = (await a.ask('peers_list', { network: 'ops' })).peers;
    const upstream = readJsonLines<{ op: string; response: string }>('control-socket/answers.jsonl');
    const [form] = JSON.parse(upstream.find(({ op }) => op === 'peers_list')?.response as string).data.peers;
    expect(Object.keys(peer)).toEqual(expect.arrayContaining(Object.keys(form)));
    expect(peer).toMatchObject({
      device_id: idOf.get(b),
      status: 'active',
      tier: { kind: 'steady' },
      authenticated: true,
      local_approve_sent: true,
      remote_approve_seen: true,
      verification_code_sent: expect.stringMatching(/^[a-z0-9]{6}$/),
      wakemesh: { state: 'active', detail: 'active.steady', epoch: 1, signs: true },
    });
    expect((await a.ask('roster_list', { network: 'ops' })).roster[0].device_id).toBe(idOf.get(b));
    expect((await a.ask('networks_list')).networks[0].phase).toBe('active');
  });
});

describe('messages', () => {
  it('reach the subscriber of the channel under the name it used, in order', async () => {
    const events = await b.events();
    await b.ask('channel_subscribe', { client_id: events.clientId, network: 'ops', channel: 'chat' });
    const to = { network: 'ops', channel: 'chat', peer: idOf.get(b) };
    const payloads = [{ text: 'hi', n: 1 }, null, true, 1.5, 'text', [1, 'a', null]];
    for (const payload of payloads) {
      expect(await a.ask('channel_send_to', { ...to, payload })).toEqual({ outcome: 'sent', sent: true });
    }
    expect(await a.ask('channel_send_all', { network: 'ops', channel: 'chat', payload: 'all' })).toEqual({
      dispatched_to: 1,
    });
    for (const payload of [...payloads, 'all']) {
      const push = await events.find(({ kind }) => kind === 'channel_inbound');
      expect(push).toEqual({ kind: 'channel_inbound', network: 'ops', from: idOf.get(a), channel: 'chat', payload });
    }
    events.close();
  });

  it('also to a display id; one too large is refused and the link is unharmed', async () => {
    const { device_id } = await b.ask('identity_show');
    const to = { network: 'ops', channel: 'chat', peer: device_id };
    expect((await a.ask('channel_send_to', { ...to, payload: 1 })).sent).toBe(true);
    await expect(a.ask('channel_send_to', { ...to, payload: 'x'.repeat(70_000) })).rejects.toThrow(
      /larger than maximum/,
    );
    expect((await a.ask('channel_send_to', { ...to, payload: 2 })).sent).toBe(true);
  });

  it('ctl send and ctl listen', async () => {
    const listener = startProgram(['ctl', 'listen', 'ops', 'news'], { home: b.home });
    const send = () => runProgram(['ctl', 'send', 'ops', 'news', '{"n":1}'], { home: a.home });
    // The listener says nothing until a message comes, so one is sent until it has come.
    await expect.poll(async () => (await send()) && listener.stdout(), { timeout: 20_000 }).not.toBe('');
    expect(JSON.parse(listener.stdout().split('\n')[0] as string)).toEqual({ from: idOf.get(a), payload: { n: 1 } });
    const one = await runProgram(['ctl', 'send', 'ops', 'news', 'plain text', '--to', idOf.get(b) as string], {
      home: a.home,
    });
    expect(JSON.parse(one.stdout)).toEqual({ outcome: 'sent', sent: true });
    await listener.said('"payload":"plain text"');
    listener.child.kill('SIGINT');
    await listener.exited;
  });
});

describe('the end', () => {
  it('SIGTERM says goodbye: the other side drops the peer at once, as left', async () => {
    expect(await b.stop()).toBe(0);
    const lost = await seenByA.find(
      ({ kind, event }) => kind === 'wakemesh' && event.from === 'active' && event.to !== 'active',
    );
    expect(lost).toEqual({
      kind: 'wakemesh',
      at_ms: expect.any(Number),
      event: {
        type: 'peer',
        network: 'ops',
        from: 'active',
        to: expect.any(String),
        reason: expect.any(String),
        peer: expect.objectContaining({ deviceId: idOf.get(b), label: '' }),
      },
    });
    const { event } = await seenByA.find(({ event }) => event.reason?.kind === 'user_left');
    expect(event).toMatchObject({ device_id: idOf.get(b), reason: { kind: 'user_left' }, grace_window_ms: 90_000 });
  });

  it('a device that is not rostered waits for approval, and is in with it', async () => {
    const config = { networks: [networkConfig('ask', relay, { auto_approve: false })] };
    const [host, guest] = [await startDaemon({ config }), await startDaemon({ config })];
    const guestId = (await guest.ask('identity_show')).pubkey;
    const hostId = (await host.ask('identity_show')).pubkey;
    const statusAt = async (daemon: DaemonProcess) =>
      (await daemon.ask('peers_list', { network: 'ask' })).peers[0]?.status;
    await expect.poll(() => statusAt(host), { timeout: 10_000 }).toBe('pending_approval');
    const [seen] = (await host.ask('peers_list', { network: 'ask' })).peers;
    const [self] = (await guest.ask('peers_list', { network: 'ask' })).peers;
    expect(seen.verification_code_received).toBe(self.verification_code_sent);

    const events = await host.events();
    const { code } = await runProgram(['ctl', 'roster', 'approve', 'ask', guestId, '--label', 'Guest'], {
      home: host.home,
    });
    expect(code).toBe(0);
    await guest.ask('roster_approve', { network: 'ask', device_id: hostId });
    await events.find(isPeer('approved'));
    expect(await statusAt(host)).toBe('active');

    await host.ask('roster_remove', { network: 'ask', device_id: guestId });
    const { event } = await events.find(isPeer('dropped'));
    expect(event.reason).toEqual({ kind: 'denied' });
  });
});
