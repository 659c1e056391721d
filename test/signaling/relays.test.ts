import { getEventHash } from 'nostr-tools/pure';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeBase32 } from '../../src/identity/base32.js';
import { type Relay, startRelay } from '../../src/relay/relay-server.js';
import { createEventSigner } from '../../src/signaling/nostr-event.js';
import { ROOM, runtime, startNode, type TestNode, until } from './support/node.js';
import { startProxy } from './support/proxy.js';
import { RawClient } from './support/raw-client.js';
import { ScriptedRelay } from './support/scripted-relay.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function relay(port = 0): Promise<Relay> {
  const started = await startRelay({ host: '127.0.0.1', port, runtime });
  cleanups.push(() => started.close());
  return started;
}

async function scripted(): Promise<ScriptedRelay> {
  const started = await ScriptedRelay.start();
  cleanups.push(() => started.close());
  return started;
}

function start(...relays: { url: string }[]): TestNode {
  const started = startNode(relays.map(({ url }) => url));
  cleanups.push(() => started.signaling.close());
  return started;
}

async function admitted(...relays: { url: string }[]): Promise<TestNode> {
  const node = start(...relays);
  await until('admitted everywhere', () => node.admitted.length === relays.length);
  return node;
}

async function stranger(server: { url: string }): Promise<RawClient> {
  const client = await RawClient.open(server.url);
  cleanups.push(() => client.close());
  return client;
}

const announce = { kind: 'announce', reflection: false } as const;
const offerTo = (to: string, sdp = 'v=0\r\n') => ({ kind: 'offer', to, sdp, neg: 'n1' }) as const;
const kinds = ({ signals }: TestNode) => signals.map(({ kind }) => kind);
const states = ({ changes }: TestNode) => changes.map(({ state }) => state);

describe('between two devices', () => {
  it('carries announces, negotiation and leaves, with proof', async () => {
    const server = await relay();
    const [a, b] = [await admitted(server), await admitted(server)];
    a.signaling.publish(announce);
    await until('announce', () => b.signals.length === 1);
    b.signaling.publish(offerTo(a.id));
    await until('offer', () => a.signals.length === 1);
    a.signaling.publish({ kind: 'answer', to: b.id, sdp: 'v=0\r\nx', neg: 'n1' });
    a.signaling.publish({ kind: 'candidate', to: b.id, candidate: 'candidate:1 1 udp 1 127.0.0.1 5 typ host' });
    await until('negotiation', () => b.signals.length === 3);
    a.signaling.publish({ kind: 'leave' });
    await until('leave', () => b.signals.length === 4);
    expect(kinds(b)).toEqual(['announce', 'answer', 'candidate', 'leave']);
    expect(a.signals).toMatchObject([{ kind: 'offer', from: b.id, sdp: 'v=0\r\n', proof: { seq: 1, neg: 'n1' } }]);
    expect(b.signals.map(({ proof }) => proof?.seq)).toEqual([1, 2, 3, 4]);
    expect(states(a)).toEqual(['dialing', 'subscribing', 'admitted']);
  });

  it('a newcomer hears who is present, and none of the negotiation before it', async () => {
    const server = await relay();
    const a = await admitted(server);
    a.signaling.publish(announce);
    a.signaling.publish(announce);
    await until('both stored: one second, two events', () => server.stats().eventsStored === 2);
    a.signaling.publish(offerTo('nobody'));
    a.signaling.publish({ kind: 'leave' });
    await until('relayed', () => server.stats().eventsRelayed === 4);
    const b = start(server);
    await until('presence', () => b.signals.length === 2);
    expect(b.signals.map(({ proof }) => proof?.seq)).toEqual([1, 2]);
  });

  it('signs once for all relays, and hears it once', async () => {
    const [one, two] = [await relay(), await relay()];
    const [a, b] = [await admitted(one, two), await admitted(one, two)];
    a.signaling.publish(announce);
    a.signaling.publish(offerTo(b.id));
    await until('on both relays', () => [one, two].every((each) => each.stats().eventsRelayed === 2));
    await until('both', () => b.signals.length >= 2);
    b.signaling.publish(offerTo(a.id));
    await until('all that was in flight has come', () => a.signals.length === 1);
    expect(kinds(b).sort()).toEqual(['announce', 'offer']);
  });

  it('announces on one relay only when asked to', async () => {
    const [one, two] = [await relay(), await relay()];
    const a = await admitted(one, two);
    a.signaling.publish({ ...announce, relay: two.url });
    await until('announced', () => two.stats().eventsStored === 1);
    expect(one.stats().eventsStored).toBe(0);
  });

  it('says goodbye before it closes', async () => {
    const server = await relay();
    const [a, b] = [await admitted(server), await admitted(server)];
    a.signaling.publish({ kind: 'leave' });
    await a.signaling.close();
    await until('leave', () => b.signals.length === 1);
    await until('socket closed', () => server.stats().connections === 1);
    expect(a.signaling.relays()).toEqual([{ url: server.url, state: 'closed' }]);
    a.signaling.publish(announce);
    a.signaling.checkRelays();
    await a.signaling.close();
  });
});

describe('a relay that goes away', () => {
  it('replaces a silent socket before it closes it, and repeats what may have been lost', async () => {
    const server = await relay();
    const proxy = await startProxy(server.port);
    cleanups.push(() => proxy.close());
    const [a, b] = [await admitted(proxy), await admitted(server)];
    proxy.blackHole();
    a.signaling.checkRelays();
    a.signaling.publish(offerTo(b.id));
    await until('second admission', () => a.admitted.length === 2);
    expect(proxy.open(), 'the old socket waits for the announce').toBe(2);
    expect(a.signaling.relays()[0]?.state).toBe('admitted');
    a.signaling.publish({ ...announce, relay: proxy.url });
    await until('old socket closed', () => proxy.open() === 1);
    await until('offer and announce', () => b.signals.length === 2);
    expect(kinds(b)).toEqual(['offer', 'announce']);
    expect(states(a)).toEqual(['dialing', 'subscribing', 'admitted', 'dialing', 'subscribing', 'admitted']);
  });

  it('keeps a socket that answers the check', async () => {
    const server = await relay();
    const proxy = await startProxy(server.port);
    cleanups.push(() => proxy.close());
    const [a, b] = [await admitted(proxy), await admitted(server)];
    a.signaling.checkRelays();
    a.signaling.publish(offerTo(b.id));
    await until('offer', () => b.signals.length === 1);
    a.signaling.checkRelays();
    a.signaling.publish(offerTo(b.id, 'v=1'));
    await until('second offer', () => b.signals.length === 2);
    expect(proxy.accepted()).toBe(1);
  });

  it('is dialled again after the backoff, and gets what was said meanwhile', async () => {
    const server = await startRelay({ host: '127.0.0.1', port: 0, runtime });
    const [a, b] = [await admitted(server), await admitted(server)];
    await server.close();
    await until('backoff', () => [a, b].every((node) => node.signaling.relays()[0]?.state === 'backoff'));
    await relay(server.port);
    b.signaling.checkRelays();
    await until('b is back at once', () => b.admitted.length === 2);
    a.signaling.publish(offerTo(b.id));
    await until('a is back by itself', () => a.admitted.length === 2);
    await until('offer', () => b.signals.length === 1);
    expect(kinds(b)).toEqual(['offer']);
  });

  it('cannot be dialled at all: no throw, a reason', async () => {
    const a = start({ url: 'ws://[broken' }, { url: 'http://127.0.0.1:1/' });
    await until('backoff', () => a.signaling.relays().every(({ state }) => state === 'backoff'));
    for (const { state, reason } of a.changes) if (state === 'backoff') expect(reason).not.toBe('');
    a.signaling.publish(announce);
  });
});

describe('a relay with a will of its own', () => {
  it('refuses the subscription: asked once more in two parts, without our device id', async () => {
    const server = await scripted();
    const admit = server.answer;
    server.answer = (socket, frame) => {
      if (JSON.stringify(frame).includes('#p')) socket.send(JSON.stringify(['CLOSED', frame[1], 'bad req']));
      else admit(socket, frame);
    };
    const a = await admitted(server);
    expect(server.requests().map((frame) => frame[1])).toEqual(['mom-sig-1', 'mom-sig-2', 'mom-sig-1']);
    expect(JSON.stringify(server.requests().slice(1))).not.toContain(a.id);
    expect(server.sockets).toHaveLength(1);
  });

  it('says that it is full: backoff', async () => {
    const server = await scripted();
    server.answer = (socket) => socket.send(JSON.stringify(['NOTICE', 'Too Many Connections from your address']));
    const a = start(server);
    await until('backoff', () => a.signaling.relays()[0]?.state === 'backoff');
    expect(a.changes.at(-1)?.reason).toBe('Too Many Connections from your address');
  });

  it('sends garbage: ignored, binary text is read', async () => {
    const server = await scripted();
    const other = await scripted();
    const [a, b] = [await admitted(server), await admitted(other)];
    b.signaling.publish(announce);
    await until('announce', () => other.frames.some(([verb]) => verb === 'EVENT'));
    const event = other.frames.find(([verb]) => verb === 'EVENT')![1];
    const [socket] = server.sockets;
    for (const text of ['', 'null', '[]', '["EVENT"]', '["EVENT","x",{}]', '["AUTH","x"]', '["OK",1]', '{"a":']) {
      socket!.send(text);
    }
    socket!.send(Buffer.from([0xff, 0xfe, 0x00]));
    socket!.send(Buffer.from(JSON.stringify(['EVENT', 'foreign', event])));
    await until('announce', () => a.signals.length === 1);
    expect(a.signaling.relays()[0]?.state).toBe('admitted');
  });

  it('suppresses nothing by sending a spoilt copy first', async () => {
    const server = await scripted();
    const other = await scripted();
    const [a, b] = [await admitted(server), await admitted(other)];
    b.signaling.publish(announce);
    await until('announce', () => other.frames.some(([verb]) => verb === 'EVENT'));
    const event = other.frames.find(([verb]) => verb === 'EVENT')![1] as Record<string, unknown>;
    for (const copy of [{ ...event, sig: '1'.repeat(128) }, event, event]) {
      server.sockets[0]!.send(JSON.stringify(['EVENT', 'mom-sig-1', copy]));
    }
    await until('announce', () => a.signals.length >= 1);
    expect(a.signals).toHaveLength(1);
  });
});

describe('the subscription', () => {
  it('narrows when all known peers tag, and widens for one that does not', async () => {
    const server = await relay();
    const watcher = await scripted();
    const a = await admitted(server, watcher);
    const b = await admitted(server);
    const legacy = await stranger(server);
    const filters = () => watcher.requests().map((frame) => frame.length - 2);
    b.signaling.publish(announce);
    await until('narrow', () => filters().length === 2);
    const id = encodeBase32(runtime.randomBytes(32));
    const content = JSON.stringify({ from: id, kind: 'announce', peer_id: id });
    legacy.send('EVENT', legacy.event(1077, [['r', ROOM]], content));
    await until('wide', () => filters().length === 3);
    expect(filters()).toEqual([3, 2, 3]);
    expect(a.signals).toMatchObject([{ from: b.id }, { from: id, proof: null }]);
  });

  it('narrows for a newcomer too, who hears of the others before it is admitted', async () => {
    const server = await scripted();
    const signer = createEventSigner((length) => runtime.randomBytes(length));
    const id = encodeBase32(runtime.randomBytes(32));
    const content = JSON.stringify({ from: id, kind: 'announce', peer_id: id, caps: ['ptag'] });
    const stored = signer.sign({ kind: 1077, tags: [['r', ROOM]], content, created_at: 1_700_000_000 });
    const admit = server.answer;
    const held: (() => void)[] = [];
    server.answer = (socket, frame) => {
      if (held.length > 0) return admit(socket, frame);
      held.push(() => admit(socket, frame));
      socket.send(JSON.stringify(['EVENT', frame[1], stored]));
    };
    const a = start(server);
    await until('the stored announce', () => a.signals.length === 1);
    held[0]!();
    await until('narrow', () => server.requests().length === 2);
    expect(server.requests().map((frame) => frame.length - 2)).toEqual([3, 2]);
    expect(a.admitted).toHaveLength(1);
  });
});

describe('strangers', () => {
  it('can neither forge nor replay a signature', async () => {
    const server = await relay();
    const [a, b] = [await admitted(server), await admitted(server)];
    const thief = await stranger(server);
    thief.send('REQ', 'all', { '#r': [ROOM] });
    a.signaling.publish(offerTo(b.id));
    await until('overheard', () => thief.of('EVENT').length === 1);
    await until('offer', () => b.signals.length === 1);
    const { content, tags } = thief.of('EVENT')[0]![1] as { content: string; tags: string[][] };
    const { wm, ...unsigned } = JSON.parse(content);
    const say = (text: object | string) =>
      thief.send('EVENT', thief.event(21_077, tags, typeof text === 'string' ? text : JSON.stringify(text)));
    say(content);
    say({ ...unsigned, wm, sdp: 'v=evil' });
    say({ ...unsigned, wm: { ...wm, boot: wm.boot + 1 } });
    say({ ...unsigned, sdp: 'v=unsigned' });
    await until('the unsigned one', () => b.signals.length === 2);
    expect(b.signals[1]).toEqual({ kind: 'offer', from: a.id, sdp: 'v=unsigned', proof: null });
  });

  it('kinds, rooms and recipients are enforced', async () => {
    const server = await relay();
    const a = await admitted(server);
    const thief = await stranger(server);
    const id = encodeBase32(runtime.randomBytes(32));
    const leave = JSON.stringify({ from: id, kind: 'leave', peer_id: id });
    const hello = JSON.stringify({ from: id, kind: 'announce', peer_id: id, caps: ['ptag'] });
    const room = ['r', ROOM];
    thief.send('EVENT', thief.event(1077, [room], leave));
    thief.send('EVENT', thief.event(21_077, [room], hello));
    thief.send('EVENT', thief.event(1077, [['r', 'other']], hello));
    thief.send('EVENT', thief.event(1077, [room], JSON.stringify({ from: a.id, kind: 'announce', peer_id: a.id })));
    thief.send('EVENT', thief.event(1077, [room], hello));
    await until('the good one', () => a.signals.length >= 1);
    expect(a.signals).toEqual([{ kind: 'announce', from: id, proof: null }]);
  });

  it('5,000 forged announces delay a genuine offer little and leave nothing behind', async () => {
    const [server, flooder] = [await relay(), await scripted()];
    const [a, b] = [await admitted(server, flooder), await admitted(server)];
    const [socket] = flooder.sockets;
    for (let i = 0; i < 5_000; i += 1) {
      const id = encodeBase32(runtime.randomBytes(32));
      const content = JSON.stringify({ from: id, kind: 'announce', peer_id: id, caps: ['ptag'] });
      const event = { pubkey: 'a'.repeat(64), created_at: i, kind: 1077, tags: [['r', ROOM]], content };
      // The id is right, so that only the costly check can tell.
      const forged = { ...event, id: getEventHash(event), sig: 'b'.repeat(128) };
      socket!.send(JSON.stringify(['EVENT', 'mom-sig-1', forged]));
    }
    b.signaling.publish(offerTo(a.id));
    await until('offer', () => a.signals.length === 1);
    expect(a.signals).toMatchObject([{ kind: 'offer', from: b.id, proof: { neg: 'n1' } }]);
    expect(a.signaling.relays().map(({ state }) => state)).toEqual(['admitted', 'admitted']);
  });
});

it('a handler that throws harms nobody', async () => {
  const server = await relay();
  const a = await admitted(server);
  const b = startNode([server.url], ROOM, () => {
    throw new Error('handler');
  });
  cleanups.push(() => b.signaling.close());
  a.signaling.publish(announce);
  await until('still admitted', () => b.signaling.relays()[0]?.state === 'admitted');
  b.signaling.publish(offerTo(a.id));
  await until('offer', () => a.signals.length === 1);
});
