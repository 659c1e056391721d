/** STUN and TURN servers that answer, refuse or stay silent, on real sockets. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { classes, Message, methods, parseMessage } from 'werift';
import type { IceServer } from '../../src/link/link.js';
import { pathKindOf } from '../../src/link/path-kind.js';
import { weriftLinks } from '../../src/link/werift/index.js';
import { exchange, expectTalk, type LinkWorld } from './support/link-world.js';
import { Recorder } from './support/recorder.js';
import { LOGIN, TurnServer } from './support/turn-server.js';
import { addUdpFilter } from './support/udp-filter.js';
import { weriftWorld } from './support/werift-world.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A STUN server that sees everybody at one address, and answers when it may. */
async function stunServer(): Promise<{ url: string; asked: () => number; answer(): void }> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  closers.push(() => socket.close());
  const waiting: (() => void)[] = [];
  let answers = false;
  let asked = 0;
  socket.on('message', (data, { port, address }) => {
    const request = parseMessage(data)!;
    const reply = () => {
      const response = new Message(methods.BINDING, classes.RESPONSE, request.transactionId);
      socket.send(response.setAttribute('XOR-MAPPED-ADDRESS', ['203.0.113.7', port]).bytes, port, address);
    };
    asked += 1;
    if (answers) reply();
    else waiting.push(reply);
  });
  return {
    url: `stun:127.0.0.1:${socket.address().port}`,
    asked: () => asked,
    answer: () => {
      answers = true;
      for (const reply of waiting.splice(0)) reply();
    },
  };
}

async function turnServer(): Promise<TurnServer> {
  const server = await TurnServer.start();
  closers.push(() => server.close());
  return server;
}

/** Nobody answers there, over UDP. */
async function silentPort(): Promise<number> {
  const socket: Socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  closers.push(() => socket.close());
  return socket.address().port;
}

/** Nobody listens there, over TCP. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

function newWorld() {
  const world = weriftWorld();
  closers.push(() => world.close());
  return world;
}

function newEnd(...iceServers: IceServer[]): Recorder {
  const end = new Recorder((facts) => weriftLinks().create({ facts, loopbackOnly: true, iceServers }));
  closers.push(() => end.link.close());
  return end;
}

describe('descriptions wait for no server', () => {
  it('what a STUN server says follows as a candidate', async () => {
    const world = newWorld();
    const stun = await stunServer();
    const end = newEnd({ urls: stun.url });
    const offer = await end.link.createOffer();
    expect(offer).toContain(' typ host');
    expect(offer).not.toMatch(/srflx|end-of-candidates/);
    await world.until(() => stun.asked() > 0);
    expect(end.candidates).toEqual([]);
    stun.answer();
    await world.until(() => end.candidates.length > 0);
    expect(end.candidates).toEqual([
      expect.stringMatching(/^candidate:\S+ 1 udp \d+ 203\.0\.113\.7 \d+ typ srflx .* ufrag /),
    ]);
  });

  it('so does an address on a TURN server', async () => {
    const world = newWorld();
    const turn = await turnServer();
    const end = newEnd({ urls: turn.url, ...LOGIN });
    const offer = await end.link.createOffer();
    expect(offer).not.toContain('relay');
    await world.until(() => end.candidates.length > 0);
    expect(end.candidates[0]).toContain(` ${[...turn.relayed().values()][0]} typ relay `);
    expect(end.link.stats().localCandidates).toMatchObject({ host: 1, relay: 1 });
  });

  it('silent ones delay neither end, and are named in the end', async () => {
    const world = newWorld();
    const [stun, turn] = [await silentPort(), await silentPort()];
    const servers: IceServer[] = [{ urls: `stun:127.0.0.1:${stun}` }, { urls: `turn:127.0.0.1:${turn}`, ...LOGIN }];
    const [a, b] = [newEnd(...servers), newEnd(...servers)];
    await exchange(world, a, b);
    await world.until(() => a.counts.opened === 1 && b.counts.opened === 1);
    expect(a.failures, 'nobody knows yet').toEqual([]);
    await world.until(() => a.failures.length > 0);
    expect(a.failures[0]).toEqual([`stun:127.0.0.1:${stun}`, 'no answer']);
  });
});

describe('a server that is of no use', () => {
  it('is named with the reason, and the next one is asked', async () => {
    const world = newWorld();
    const turn = await turnServer();
    const closed = `turn:127.0.0.1:${await closedPort()}?transport=tcp`;
    const end = newEnd({ urls: [closed, turn.url], ...LOGIN });
    await end.link.createOffer();
    await world.until(() => end.candidates.length > 0);
    expect(end.failures).toEqual([[closed, expect.stringContaining('ECONNREFUSED')]]);
  });

  it('refuses the password', async () => {
    const world = newWorld();
    const turn = await turnServer();
    const end = newEnd({ urls: turn.url, username: LOGIN.username, credential: 'wrong' });
    await end.link.createOffer();
    await world.until(() => end.failures.length > 0);
    expect(end.failures).toEqual([[turn.url, 'it does not take this username and credential']]);
    expect(turn.given).toBe(0);
  });

  it('is no server', async () => {
    const end = newEnd({ urls: 'http://somewhere' });
    await end.link.createOffer();
    expect(end.failures).toEqual([['http://somewhere', 'not a stun:, turn: or turns: address']]);
  });
});

describe('an address on a TURN server', () => {
  it('is given back when a direct path is found', async () => {
    const world = newWorld();
    const turn = await turnServer();
    const [a, b] = [newEnd({ urls: turn.url, ...LOGIN }), newEnd()];
    const offer = await a.link.createOffer();
    await world.until(() => turn.given === 1);
    await a.link.acceptAnswer(await b.link.acceptOffer(offer));
    await world.until(() => a.counts.opened === 1 && b.counts.opened === 1);
    await world.until(() => turn.returned === 1);
    expect(a.link.stats().selectedPair).toMatchObject({ local: 'host', remote: 'host', relay: null });
    await expectTalk(world, a, b, 'direct');
  });

  it('is given back when the link is closed', async () => {
    const world = newWorld();
    const turn = await turnServer();
    const end = newEnd({ urls: turn.url, ...LOGIN });
    await end.link.createOffer();
    await world.until(() => end.candidates.length > 0);
    await end.link.close();
    await world.until(() => turn.returned === 1);
  });
});

describe('a path by way of a TURN server', () => {
  /** Nothing gets from one end's own port to the other's. */
  async function openRelayed(world: LinkWorld, turn: TurnServer): Promise<[a: Recorder, b: Recorder]> {
    const ports = new Set<number>();
    closers.push(addUdpFilter((_, from, to) => ports.has(from) && ports.has(to)));
    const [a, b] = [newEnd({ urls: turn.url, ...LOGIN }), newEnd()];
    const offer = await a.link.createOffer();
    const answer = await b.link.acceptOffer(offer);
    for (const [, port] of (offer + answer).matchAll(/^a=candidate:(?:\S+ ){5}(\d+) /gm)) ports.add(Number(port));
    await a.link.acceptAnswer(answer);
    await world.until(() => a.candidates.length > 0);
    for (const line of a.candidates) b.link.addCandidate(line);
    await world.until(() => a.counts.opened === 1 && b.counts.opened === 1);
    return [a, b];
  }

  it('carries a session where there is no direct one, and says so at both ends', async () => {
    const world = newWorld();
    const turn = await turnServer();
    const [a, b] = await openRelayed(world, turn);
    await expectTalk(world, a, b, 'hello');
    const [ours, theirs] = [a.link.stats().selectedPair!, b.link.stats().selectedPair!];
    expect(ours).toMatchObject({ local: 'relay', remote: 'host', relay: 'udp' });
    expect(theirs).toMatchObject({ local: 'host', remote: 'relay', relay: null });
    expect([pathKindOf(ours), pathKindOf(theirs)]).toEqual(['turn', 'turn']);
    expect(ours.localAddress).toBe(theirs.remoteAddress);
    expect(turn.returned, 'it is in use').toBe(0);
    await a.link.close();
    await world.until(() => turn.returned === 1);
  });

  it('restarts in place by way of a fresh address', async () => {
    const world = newWorld();
    const turn = await turnServer();
    const [a, b] = await openRelayed(world, turn);
    const before = a.candidates.length;
    const answer = await b.link.acceptRestart(await a.link.restartOffer());
    await a.link.acceptAnswer(answer);
    await world.until(() => a.candidates.length > before);
    for (const line of a.candidates.slice(before)) b.link.addCandidate(line);
    await expectTalk(world, a, b, 'again');
    expect([turn.given, turn.returned]).toEqual([2, 1]);
    expect(a.link.stats().selectedPair?.local).toBe('relay');
  });
});

it('an end that no check reaches, and that no TURN server helps, says so; one that a server helps does not', async () => {
  const world = newWorld();
  const turn = await turnServer();
  const ports = new Set<number>();
  closers.push(addUdpFilter((_, from) => ports.has(from)));
  const [a, b] = [newEnd(), newEnd({ urls: turn.url, ...LOGIN })];
  const offer = await a.link.createOffer();
  const answer = await b.link.acceptOffer(offer);
  for (const [, port] of (offer + answer).matchAll(/^a=candidate:(?:\S+ ){5}(\d+) /gm)) ports.add(Number(port));
  await a.link.acceptAnswer(answer);
  expect(a.link.stats().stranded).toBe(false);
  await world.until(() => a.link.stats().stranded);
  expect(b.link.stats().stranded).toBe(false);
});
