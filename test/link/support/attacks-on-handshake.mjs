/** Attacks of a man in the middle who knows the public certificates, and of a lossy path. */
import { createSocket } from 'node:dgram';
import { RTCCertificate } from 'werift';
import { connect, datagramFilters, isOpen, newCertificate, onDtlsSocket, openPair, talk, within } from './victims.mjs';

const CHANGE_CIPHER_SPEC = 20;
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const HELLO_VERIFY_REQUEST = 3;
/** Record header 13, handshake header 12. */
const HANDSHAKE_BODY = 25;

const isHandshake = (data, type) => data[0] === HANDSHAKE && data[13] === type;
const messageSequence = (data) => data.readUInt16BE(17);

/** The owner's public certificate with a key of the attacker's: its fingerprint is the owner's. */
async function forgedCertificate() {
  const owner = await newCertificate();
  const attacker = await newCertificate();
  return new RTCCertificate(attacker.privateKey, owner.certPem, attacker.signatureHash);
}

/** Is the end that was lied to still closed when its handshake has come to an end? */
async function refuses(victim) {
  const [dtls] = victim.pc.dtlsTransports;
  await within(() => dtls.state === 'failed' || dtls.state === 'closed' || isOpen(victim));
  return !isOpen(victim);
}

function altered(data) {
  const copy = Buffer.from(data);
  for (let i = HANDSHAKE_BODY; i < copy.length; i++) copy[i] ^= 0x55;
  return copy;
}

const garbage = () => Buffer.alloc(12, 1);

export const handshakeAttacks = {
  async 'forged certificate of the server'() {
    const { answerer } = await connect({ offererCertificate: await forgedCertificate() });
    return await refuses(answerer);
  },

  async 'forged certificate of the client'() {
    const { offerer } = await connect({ answererCertificate: await forgedCertificate() });
    return await refuses(offerer);
  },

  async 'key exchange nobody signed'() {
    const { answerer } = await connect({
      prepareOfferer: (pc) =>
        onDtlsSocket(pc, ({ cipher }) => {
          cipher.generateKeySignature = garbage;
        }),
    });
    return await refuses(answerer);
  },

  async 'client certificate nobody signed for'() {
    const { offerer } = await connect({
      prepareAnswerer: (pc) =>
        onDtlsSocket(pc, ({ cipher }) => {
          cipher.signatureData = garbage;
        }),
    });
    return await refuses(offerer);
  },

  async 'wrong Finished of the server'() {
    const { answerer } = await connect({
      prepareOfferer: (pc) =>
        onDtlsSocket(pc, ({ cipher }) => {
          cipher.verifyData = garbage;
        }),
    });
    return await refuses(answerer);
  },

  async 'wrong Finished of the client'() {
    const { offerer } = await connect({
      prepareAnswerer: (pc) =>
        onDtlsSocket(pc, ({ cipher }) => {
          cipher.verifyData = garbage;
        }),
    });
    return await refuses(offerer);
  },

  async 'repeated HelloVerifyRequest'() {
    const pair = await connect({
      prepareOfferer: (pc) =>
        onDtlsSocket(pc, ({ transport }) => {
          const send = transport.send;
          transport.send = async (data, ...rest) => {
            if (isHandshake(data, HELLO_VERIFY_REQUEST)) await send(data, ...rest);
            await send(data, ...rest);
          };
        }),
    });
    await within(() => pair.answerer.pc.dtlsTransports[0].state === 'failed' || isOpen(pair.answerer));
    return isOpen(pair.answerer) && (await talk(pair));
  },

  /** Before there are keys, only the address tells a stranger's handshake message from the peer's. */
  async 'handshake messages of a stranger'() {
    const socket = createSocket('udp4');
    await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const ownPort = socket.address().port;
    const ports = new Set();
    datagramFilters.add((data, from, to) => {
      if (from === ownPort || data[0] !== HANDSHAKE) return false;
      // Ahead of each message of the peer: another one of the same type and number.
      if (data[4] === 0) socket.send(altered(data), to, '127.0.0.1');
      ports.add(to);
      return false;
    });
    const pair = await connect();
    const opened = await within(() => isOpen(pair.offerer) && isOpen(pair.answerer), 8_000);
    const held = opened && ports.size === 2 && (await talk(pair));
    datagramFilters.clear();
    socket.close();
    return held;
  },

  async 'lost last flight of the server'() {
    let lost = 0;
    const pair = await connect({
      prepareOfferer: (pc) =>
        onDtlsSocket(pc, ({ transport }) => {
          const send = transport.send;
          transport.send = async (data, ...rest) => {
            // ChangeCipherSpec and Finished of the first try
            lost += data[0] === CHANGE_CIPHER_SPEC || data[4] === 1 ? 1 : 0;
            if (lost === 0 || lost > 2) await send(data, ...rest);
          };
        }),
    });
    return (await within(() => isOpen(pair.offerer) && isOpen(pair.answerer), 8_000)) && (await talk(pair));
  },

  async 'handshakes at 5 % loss'() {
    let seed = 20_250_101;
    const random = () => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed / 2 ** 32;
    };
    datagramFilters.add(() => random() < 0.05);
    const pairs = await Promise.all(Array.from({ length: 60 }, () => connect()));
    return await within(() => pairs.every((pair) => isOpen(pair.offerer) && isOpen(pair.answerer)), 25_000);
  },

  /** The far end's ICE is connected first, and its first ClientHello is the only one for a second. */
  async 'early ClientHello'(patches) {
    const hellos = new Map();
    datagramFilters.add((data, from) => {
      if (!isHandshake(data, CLIENT_HELLO) || messageSequence(data) !== 0) return false;
      hellos.set(from, (hellos.get(from) ?? 0) + 1);
      return hellos.get(from) > 1;
    });
    const pair = await connect({
      prepareOfferer(pc) {
        patches?.holdEarlyDatagrams(pc);
        const [transport] = pc.dtlsTransports;
        const start = transport.start.bind(transport);
        transport.start = async () => {
          await within(() => hellos.size === 1);
          await new Promise((resolve) => setTimeout(resolve, 20)); // time for it to arrive where nobody listens yet
          return await start();
        };
      },
    });
    return await within(() => isOpen(pair.offerer) && isOpen(pair.answerer));
  },

  /** A receiver with a replay window drops the second record with the same number. */
  async 'record numbers used twice'() {
    const seen = new Set();
    let twice = 0;
    datagramFilters.add((data, from) => {
      const isEncryptedRecord = data.length > 13 && data[0] >= CHANGE_CIPHER_SPEC && data[0] < 64 && data[4] === 1;
      if (isEncryptedRecord) {
        const name = `${from} ${data.subarray(3, 11).toString('hex')}`;
        if (seen.has(name)) twice += 1;
        seen.add(name);
      }
      return false;
    });
    const pair = await openPair();
    for (let i = 0; i < 10; i++) await talk(pair);
    return twice === 0;
  },
};
