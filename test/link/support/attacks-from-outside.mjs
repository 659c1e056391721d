/** Datagrams of strangers, and of whoever can spoof the peer's address. */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { addressOf, datagramFilters, isOpen, newConnection, openPair, talk } from './victims.mjs';

const DTLS_1_2 = [254, 253];
const plaintext = (type, ...body) => Buffer.from([type, ...DTLS_1_2, 0, 0, 0, 0, 0, 0, 0, 99, 0, body.length, ...body]);
const unknownRecord = () => plaintext(30, 0);
/** close_notify as a warning: werift passes over a fatal alert and obeys this one. */
const closingAlert = () => plaintext(21, 1, 0);

export async function stranger(use) {
  const socket = createSocket('udp4');
  await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const received = [];
  socket.on('message', (data) => received.push(data));
  const sendTo = ({ host, port }, data) => new Promise((resolve) => socket.send(data, port, host, resolve));
  try {
    return await use(sendTo, received);
  } finally {
    socket.close();
  }
}

export const survives = async (pair) => (await talk(pair)) && isOpen(pair.offerer) && isOpen(pair.answerer);

async function fromStranger(pair, data) {
  await stranger(async (sendTo) => {
    await sendTo(addressOf(pair.answerer), data); // the offerer's address
    await sendTo(addressOf(pair.offerer), data);
  });
  return await survives(pair);
}

async function fromPeerAddress(pair, data) {
  for (const { pc } of [pair.offerer, pair.answerer]) {
    const { protocol, remoteAddr } = pc.iceTransports[0].connection.nominated;
    await protocol.sendData(data, remoteAddr);
  }
  return await survives(pair);
}

/** An open pair and the first ClientHello of its client. */
async function pairAndHello() {
  let hello;
  const capture = (data) => {
    if (data[0] === 22 && data[13] === 1) hello ??= Buffer.from(data);
    return false;
  };
  datagramFilters.add(capture);
  const pair = await openPair();
  datagramFilters.delete(capture);
  return { pair, hello };
}

export function bindingRequest(username) {
  const name = Buffer.from(username);
  const padded = Buffer.concat([name, Buffer.alloc(-name.length & 3)]);
  const head = Buffer.from([0, 1, 0, 4 + padded.length, 0x21, 0x12, 0xa4, 0x42]);
  return Buffer.concat([head, randomBytes(12), Buffer.from([0, 6, 0, name.length]), padded]);
}

async function isUnansweredRequest() {
  const pair = await openPair();
  return await stranger(async (sendTo, received) => {
    const { localUsername } = pair.offerer.pc.iceTransports[0].connection;
    await sendTo(addressOf(pair.answerer), bindingRequest(`${localUsername}:x`));
    // The victim's socket is read in order: when this has been answered, the request has been read.
    const alive = await survives(pair);
    const knowsStranger = pair.offerer.pc.iceTransports[0].connection.checkList.length > 1;
    return alive && received.length === 0 && !knowsStranger;
  });
}

export const outsideAttacks = {
  'unknown record of a stranger': async () => await fromStranger(await openPair(), unknownRecord()),
  'unknown record from the address of the peer': async () => await fromPeerAddress(await openPair(), unknownRecord()),
  'plaintext alert of a stranger': async () => await fromStranger(await openPair(), closingAlert()),
  'plaintext alert from the address of the peer': async () => await fromPeerAddress(await openPair(), closingAlert()),

  async 'plaintext ClientHello of a stranger'() {
    const { pair, hello } = await pairAndHello();
    return await fromStranger(pair, hello);
  },
  async 'plaintext ClientHello from the address of the peer'() {
    const { pair, hello } = await pairAndHello();
    return await fromPeerAddress(pair, hello);
  },

  'unauthenticated STUN request': isUnansweredRequest,

  /** Each consent check leaves its id behind: a megabyte a day. */
  async 'ids of checks kept for ever'() {
    const pair = await openPair();
    const ice = pair.answerer.pc.iceTransports[0].connection;
    const { protocol, remoteAddr, localCandidate } = ice.nominated;
    for (let i = 0; i < 300; i++) {
      const { localUsername, remoteUsername, iceControlling } = ice;
      const request = ice.buildRequest({
        nominate: false,
        localUsername,
        remoteUsername,
        iceControlling,
        localCandidate,
      });
      await protocol.request(request, remoteAddr, Buffer.from(ice.remotePassword), { retransmissions: 0 });
    }
    return pair.offerer.pc.iceTransports[0].connection.nominated.requestTransactionIds.size < 100;
  },

  /** Looked at, not tried: tests stay on this machine. */
  async 'STUN server nobody configured'() {
    const pc = await newConnection();
    pc.createDataChannel('x');
    await pc.createOffer();
    return pc.iceTransports[0].connection.stunServer === undefined;
  },
};
