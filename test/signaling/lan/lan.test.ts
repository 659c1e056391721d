/** The local network on this machine's loopback: real multicast, real TCP. Every test has a room of its own. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeBase32 } from '../../../src/identity/base32.js';
import { startRelay } from '../../../src/relay/relay-server.js';
import { LAN_URL } from '../../../src/signaling/lan/lan-driver.js';
import { VirtualClock } from '../../../src/sim/virtual-clock.js';
import { runtime, startNode, startParent, type TestNode, until } from '../support/node.js';
import { RawNeighbour, unsignedLine } from '../support/raw-neighbour.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
let room: string;
beforeEach(() => {
  room = randomBytes(32).toString('hex');
});

/** Open and seen, as a node that has announced itself. */
async function start(relays: string[] = [], clock?: VirtualClock): Promise<TestNode> {
  const lan = { loopbackOnly: true };
  const node = startNode(relays, room, undefined, { lan, ...(clock && { parent: startParent(clock) }) });
  cleanups.push(() => node.signaling.close());
  await until('open', () => node.admitted.length === relays.length + 1);
  node.signaling.publish(announce);
  return node;
}

async function rawNeighbour(): Promise<RawNeighbour> {
  const neighbour = await RawNeighbour.open();
  cleanups.push(() => neighbour.close());
  return neighbour;
}

const announce = { kind: 'announce', reflection: false } as const;
const offerTo = (to: string, sdp = 'v=0\r\n') => ({ kind: 'offer', to, sdp, neg: 'n1' }) as const;
const heard = (node: TestNode, kind: string) => node.signals.filter((signal) => signal.kind === kind);
const newDevice = () => encodeBase32(randomBytes(32));

describe('between two devices', () => {
  it('carries announces, negotiation and leaves without any relay, all with proof', async () => {
    const [a, b] = [await start(), await start()];
    await until('seen', () => heard(a, 'announce').length > 0 && heard(b, 'announce').length > 0);
    a.signaling.publish(announce);
    b.signaling.publish(offerTo(a.id));
    await until('offer', () => heard(a, 'offer').length === 1);
    a.signaling.publish({ kind: 'answer', to: b.id, sdp: 'v=0\r\nx', neg: 'n1' });
    a.signaling.publish({ kind: 'candidate', to: b.id, candidate: 'candidate:1 1 udp 1 127.0.0.1 5 typ host' });
    await until('negotiation', () => heard(b, 'candidate').length === 1);
    a.signaling.publish({ kind: 'leave' });
    await a.signaling.close();
    await until('leave', () => heard(b, 'leave').length > 0);
    expect([...a.signals, ...b.signals].filter(({ proof }) => proof === null)).toEqual([]);
    expect(b.signals.map(({ kind }) => kind)).toEqual(['announce', 'announce', 'answer', 'candidate', 'leave']);
    expect(a.changes.map(({ state }) => state)).toEqual(['dialing', 'admitted', 'closed']);
    expect(a.signaling.relays()).toEqual([{ url: LAN_URL, state: 'closed' }]);
  });

  it('what comes over the network and a relay is heard once', async () => {
    const relay = await startRelay({ host: '127.0.0.1', port: 0, runtime });
    cleanups.push(() => relay.close());
    const [a, b] = [await start([relay.url]), await start([relay.url])];
    await until('seen', () => heard(a, 'announce').length > 0 && heard(b, 'announce').length > 0);
    await until('announced over the relay too', () => relay.stats().eventsRelayed === 2);
    b.signaling.publish(offerTo(a.id));
    b.signaling.publish({ kind: 'answer', to: a.id, sdp: 'v=0\r\nx', neg: 'n1' });
    await until('over the relay', () => relay.stats().eventsRelayed === 4);
    b.signaling.publish({ kind: 'leave' });
    await until('over both', () => relay.stats().eventsRelayed === 5 && heard(a, 'leave').length > 0);
    b.signaling.publish(announce);
    await until('what came later', () => a.signals.at(-1)?.kind === 'announce');
    expect(['offer', 'answer', 'leave'].map((kind) => heard(a, kind).length)).toEqual([1, 1, 1]);
    expect(a.signals.every(({ proof }) => proof !== null)).toBe(true);
  });

  it('rooms are kept apart', async () => {
    const a = await start();
    room = randomBytes(32).toString('hex');
    const [b, c] = [await start(), await start()];
    await until('seen', () => heard(b, 'announce').length > 0 && heard(c, 'announce').length > 0);
    expect(a.signals).toEqual([]);
  });
});

describe('a device that signs nothing, as upstream', () => {
  it('is found by its advertisement, and answered on the connection that it made', async () => {
    const a = await start();
    const [them, them2] = [newDevice(), newDevice()];
    const raw = await rawNeighbour();
    raw.advertise(room, them);
    await until('found', () => heard(a, 'announce').length === 1);
    expect(heard(a, 'announce')[0]).toEqual({ kind: 'announce', from: them, proof: null });
    raw.browse();
    await until('our port', () => raw.portOf(a.id) !== undefined);
    const socket = await raw.dial(raw.portOf(a.id)!);
    // Its port is never advertised: only this connection leads to it.
    socket.write(unsignedLine(room, them2, a.id, { kind: 'offer', offer_id: 'abcdefghijklm', sdp: 'v=0\r\n' }));
    await until('offer', () => heard(a, 'offer').length === 1);
    a.signaling.publish({ kind: 'answer', to: them2, sdp: 'v=0\r\nx', neg: 'n1' });
    const answer = () => raw.lines.find(({ msg }) => (msg as { kind: string }).kind === 'answer');
    await until('answer', () => answer() !== undefined);
    expect(answer()).toMatchObject({ v: 1, room, from: a.id, to: them2, msg: { offer_id: '', sdp: 'v=0\r\nx' } });
    expect(raw.sockets, 'one that it made, one to its advertised port').toHaveLength(1);
  });

  it('is dialled at the port that it advertises, with what upstream understands', async () => {
    const a = await start();
    const them = newDevice();
    const raw = await rawNeighbour();
    raw.advertise(room, them);
    await until('found', () => heard(a, 'announce').length === 1);
    a.signaling.publish(offerTo(them));
    await until('offer', () => raw.lines.length === 1);
    expect(raw.lines[0]).toMatchObject({
      v: 1,
      room,
      from: a.id,
      to: them,
      msg: { kind: 'offer', peer_id: a.id, offer_id: expect.stringMatching(/^[a-z2-7]{13}$/), sdp: 'v=0\r\n' },
    });
  });

  it('a mark that is spoilt, or of somebody else, says nothing at all', async () => {
    const [a, b] = [await start(), await start()];
    const raw = await rawNeighbour();
    raw.browse();
    await until('the mark of b', () => raw.markOf(b.id) !== undefined);
    const mark = raw.markOf(b.id)!;
    const [them, honest] = [newDevice(), newDevice()];
    raw.advertise(room, them, { mark });
    raw.advertise(room, them, { mark: mark.replace(/^\d+/, '9999999999999') });
    raw.advertise(room, them, { mark: 'nonsense' });
    raw.advertise(room, honest);
    await until('the honest one', () => a.signals.some(({ from }) => from === honest));
    expect(a.signals.filter(({ from }) => from === them)).toEqual([]);
  });

  it('says goodbye: an unsigned leave', async () => {
    const a = await start();
    const them = newDevice();
    const raw = await rawNeighbour();
    raw.advertise(room, them);
    raw.advertise(room, them, { goodbye: true });
    await until('left', () => heard(a, 'leave').length === 1);
    expect(heard(a, 'leave')[0]).toEqual({ kind: 'leave', from: them, proof: null });
  });

  it('is never dialled at an address that is not on our network', async () => {
    const a = await start();
    const [far, near] = [newDevice(), newDevice()];
    const raw = await rawNeighbour();
    raw.advertise(room, far, { address: '203.0.113.7' });
    raw.advertise(room, near);
    await until('both', () => heard(a, 'announce').length === 2);
    a.signaling.publish(offerTo(far));
    a.signaling.publish(offerTo(near));
    await until('the near one', () => raw.lines.length === 1);
    expect(raw.lines[0]).toMatchObject({ to: near });
  });
});

describe('answers', () => {
  it('come to whoever asks, once a second at most, and not to one who knows us', async () => {
    const clock = new VirtualClock();
    const a = await start([], clock);
    const raw = await rawNeighbour();
    const advertised = () =>
      raw.heard.filter(
        (each) => each.kind === 'records' && each.records.some((r) => r.type === 'TXT' && r.text.get('peer') === a.id),
      );
    clock.advance(1_000); // the second unasked advertisement
    await until('second', () => advertised().length === 1);
    for (let i = 0; i < 20; i += 1) raw.browse();
    const asked = () => raw.heard.filter(({ kind }) => kind === 'question').length;
    await until('asked', () => asked() >= 20);
    await until('collecting', () => clock.nextDue()! <= clock.now() + 120);
    clock.advance(120);
    await until('one answer', () => advertised().length === 2);
    clock.advance(10_000);
    expect(advertised().length).toBeLessThanOrEqual(3);
  });
});

it('nobody is told of us before we announce ourselves, nor after we have left', async () => {
  const lan = { loopbackOnly: true };
  const a = startNode([], room, undefined, { lan });
  cleanups.push(() => a.signaling.close());
  await until('open', () => a.admitted.length === 1);
  const b = await start();
  const raw = await rawNeighbour();
  raw.browse();
  await until('b answers', () => raw.portOf(b.id) !== undefined);
  expect(raw.portOf(a.id)).toBeUndefined();
});

it('a line that is none closes the connection; one for somebody else is skipped', async () => {
  const a = await start();
  const them = newDevice();
  const raw = await rawNeighbour();
  raw.browse();
  await until('our port', () => raw.portOf(a.id) !== undefined);
  const good = (sdp: string, to = a.id, other = room) =>
    unsignedLine(other, them, to, { kind: 'offer', offer_id: '', sdp });
  const first = await raw.dial(raw.portOf(a.id)!);
  first.write(`\r\n\n${good('x', them)}${good('x', a.id, 'b'.repeat(64))}${good('x').replace('"v":1', '"v":2')}`);
  first.write(good('v=0').replace('\n', '\r\n').slice(0, 50));
  first.write(good('v=0').replace('\n', '\r\n').slice(50));
  await until('the good one', () => a.signals.some(({ kind }) => kind === 'offer'));
  expect(a.signals.filter(({ kind }) => kind === 'offer')).toMatchObject([{ sdp: 'v=0', from: them, proof: null }]);
  for (const bad of ['GET / HTTP/1.1\r\n\r\n', `${'x'.repeat(262_145)}`, '{"v":1}\n', Buffer.from([0xff, 0x0a])]) {
    const socket = await raw.dial(raw.portOf(a.id)!);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('end', () => socket.end());
    socket.write(bad);
    await closed;
  }
  first.write(good('still heard'));
  await until('still heard', () => heard(a, 'offer').length === 2);
});

it('a stranger who claims a device does not get what is meant for it', async () => {
  const [a, b] = [await start(), await start()];
  await until('seen', () => heard(a, 'announce').length > 0 && heard(b, 'announce').length > 0);
  b.signaling.publish(offerTo(a.id));
  await until('offer', () => heard(a, 'offer').length === 1);
  const raw = await rawNeighbour();
  raw.browse();
  await until('our port', () => raw.portOf(a.id) !== undefined);
  const thief = await raw.dial(raw.portOf(a.id)!);
  thief.write(unsignedLine(room, b.id, a.id, { kind: 'offer', offer_id: '', sdp: 'v=forged' }));
  await until('forged offer', () => heard(a, 'offer').length === 2);
  a.signaling.publish({ kind: 'answer', to: b.id, sdp: 'v=0\r\nx', neg: 'n1' });
  await until('answer', () => heard(b, 'answer').length === 1);
  expect(raw.lines).toEqual([]);
});

it('closes its half of a connection that is idle for 30 s, and the whole of one that is silent for 120 s', async () => {
  const clock = new VirtualClock();
  const a = await start([], clock);
  const raw = await rawNeighbour();
  const them = newDevice();
  raw.advertise(room, them);
  await until('found', () => heard(a, 'announce').length === 1);
  a.signaling.publish(offerTo(them));
  await until('offer', () => raw.lines.length === 1);
  clock.advance(29_000);
  expect(raw.ended).toEqual([]);
  clock.advance(1_000);
  await until('half closed', () => raw.ended.length === 1);
  a.signaling.publish(offerTo(them, 'v=later'));
  await until('dialled anew', () => raw.lines.length === 2);
  expect(raw.sockets).toHaveLength(2);
});
