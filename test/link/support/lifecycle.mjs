// node --expose-gc lifecycle.mjs <case>: prints what is left as JSON and then ends by itself, if nothing holds it.
import { createSocket, Socket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';

const { weriftLinks } = await import(new URL('../../../dist/src/link/werift/index.js', import.meta.url).href);
const factory = weriftLinks();

const DTLS_TYPES = { first: 20, last: 63 };
const CYCLES = 200;
const CYCLES_BEFORE = 40;
const REST_MS = 1_500;

const send = Socket.prototype.send;
let drops = () => false;
Socket.prototype.send = function (data, ...rest) {
  if (!drops(data)) return send.call(this, data, ...rest);
  const callback = rest.at(-1);
  if (typeof callback === 'function') setImmediate(callback);
};

function newEnd(iceServers = []) {
  const end = { facts: [] };
  const note = (name) => () => end.facts.push(name);
  const names = ['opened', 'closed', 'message', 'consentLost', 'pathAlive', 'candidate', 'serverFailed', 'drained'];
  const facts = Object.fromEntries(names.map((name) => [name, note(name)]));
  end.link = factory.create({ facts, loopbackOnly: true, iceServers });
  return end;
}

async function exchange() {
  const [a, b] = [newEnd(), newEnd()];
  await a.link.acceptAnswer(await b.link.acceptOffer(await a.link.createOffer()));
  return [a, b];
}

async function until(condition) {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

const closeAll = (ends) => Promise.all(ends.map(({ link }) => link.close()));

async function openAndClose() {
  const ends = await exchange();
  await until(() => ends.every(({ facts }) => facts.includes('opened')));
  await closeAll(ends);
}

/** At rest: the timers of the last handshakes still hold their connections for half a second. */
async function readingAtRest() {
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  global.gc();
  return { heap: process.memoryUsage().heapUsed, files: readdirSync('/proc/self/fd').length };
}
const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'UDPWrap').length;

const cases = {
  async 'before anything was built'() {
    await closeAll([newEnd()]);
  },
  async 'with an offer out'() {
    const end = newEnd();
    await end.link.createOffer();
    await closeAll([end]);
  },
  async 'while silent servers are asked'() {
    const asked = { tcp: 0, udp: new Set() };
    const silent = createServer((socket) => {
      asked.tcp += 1;
      socket.unref().on('error', () => {});
    }).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const silentUdp = createSocket('udp4').bind(0, '127.0.0.1');
    silentUdp.on('message', (_, { port }) => asked.udp.add(port));
    await once(silentUdp, 'listening');
    const [tcp, udp] = [silent.address().port, silentUdp.address().port];
    const urls = [
      `turn:127.0.0.1:${udp}`,
      `turn:127.0.0.1:${tcp}?transport=tcp`,
      `turns:127.0.0.1:${tcp}?transport=tcp`,
    ];
    const end = newEnd([{ urls: `stun:127.0.0.1:${udp}` }, { urls, username: 'someone', credential: 'secret' }]);
    await end.link.createOffer();
    await until(() => asked.tcp >= 2 && asked.udp.size >= 2);
    await closeAll([end]);
    silentUdp.close();
    silent.close();
  },
  async 'while checks find no path'() {
    let dropped = 0;
    drops = () => {
      dropped += 1;
      return true;
    };
    const ends = await exchange();
    await until(() => dropped >= 2);
    await closeAll(ends);
  },
  async 'in the middle of the DTLS handshake'() {
    drops = (data) => data[0] >= DTLS_TYPES.first && data[0] <= DTLS_TYPES.last;
    const ends = await exchange();
    await until(() => ends.every(({ link }) => link.stats().selectedPair !== null));
    await closeAll(ends);
  },
  'when open': openAndClose,
  async 'in the middle of a restart'() {
    const [a, b] = await exchange();
    await until(() => a.facts.includes('opened') && b.facts.includes('opened'));
    drops = () => true;
    await a.link.acceptAnswer(await b.link.acceptRestart(await a.link.restartOffer()));
    a.link.probe();
    await closeAll([a, b]);
  },
  async 'two hundred times'() {
    for (let i = 0; i < CYCLES_BEFORE; i++) await openAndClose();
    const before = await readingAtRest();
    for (let i = 0; i < CYCLES; i++) await openAndClose();
    const after = await readingAtRest();
    return { heapPerCycle: (after.heap - before.heap) / CYCLES, files: after.files - before.files };
  },
};

const more = await cases[process.argv[2]]();
await new Promise((resolve) => setImmediate(() => setImmediate(resolve))); // a closed socket's handle goes a turn later
process.stdout.write(JSON.stringify({ sockets: sockets(), ...more }));
