/** What a connected peer can send. */
import { crc32c } from './crc32c.mjs';
import { openPair, talk, within } from './victims.mjs';

const DCEP = 50;
const BINARY = 53;
const BEGINNING = 2;
const RECEIVE_WINDOW_BYTES = 1024 * 1024;

const sctpOf = ({ pc }) => pc.sctpTransport.sctp;
const sendRaw = ({ pc }, packet) => pc.dtlsTransports[0].dtls.send(packet);

/** The peer sends, then both must still hear each other. */
const afterwards = async (attack) => {
  const pair = await openPair();
  await attack(pair.answerer, pair.offerer);
  return await talk(pair);
};

/** A packet of one chunk with a valid checksum. */
function packet(chunk, tag) {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(5000, 0);
  head.writeUInt16BE(5000, 2);
  head.writeUInt32BE(tag, 4);
  const whole = Buffer.concat([head, chunk]);
  whole.writeUInt32LE(crc32c(whole), 8);
  return whole;
}

/** Sends without regard for what the receiver allows; in slices, so that its socket keeps up. */
async function floodWithFragments({ offerer, answerer }, count, bytes) {
  let tsn = sctpOf(answerer).localTsn;
  for (let i = 0; i < count; i++) {
    const chunk = Buffer.alloc(16 + bytes);
    chunk[1] = i === 0 ? BEGINNING : 0;
    chunk.writeUInt16BE(chunk.length, 2);
    chunk.writeUInt32BE(tsn, 4);
    chunk.writeUInt32BE(BINARY, 12);
    tsn = (tsn + 1) >>> 0;
    const padded = Buffer.concat([chunk, Buffer.alloc(-chunk.length & 3)]);
    await sendRaw(answerer, packet(padded, sctpOf(offerer).localVerificationTag));
    if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    if (offerer.pc.dtlsTransports[0].state !== 'connected') return;
  }
}

const heldBytes = ({ inboundStreams }) =>
  Object.values(inboundStreams)
    .flatMap(({ reassembly }) => reassembly)
    .reduce((bytes, { userData }) => bytes + userData.length, 0);

const INIT_FIXED_BYTES = 16;
/** INIT whose only parameter has length zero. */
const endlessInit = () =>
  Buffer.concat([Buffer.from([1, 0, 0, 4 + INIT_FIXED_BYTES + 4]), Buffer.alloc(INIT_FIXED_BYTES, 1), Buffer.alloc(4)]);
/** COOKIE-ACK: a chunk without a body to stumble over. */
const endlessChunk = () => Buffer.from([11, 0, 0, 0]);
const shortData = () => Buffer.from([0, 3, 0, 8, 1, 2, 3, 4]);

export const peerAttacks = {
  'packet that is no SCTP': () => afterwards((peer) => sendRaw(peer, Buffer.from('this is no SCTP packet at all'))),
  'DATA chunk shorter than its header': () =>
    afterwards((peer, victim) => sendRaw(peer, packet(shortData(), sctpOf(victim).localVerificationTag))),
  'unknown chunk type': () =>
    afterwards((peer, victim) =>
      sendRaw(peer, packet(Buffer.from([77, 0, 0, 4]), sctpOf(victim).localVerificationTag)),
    ),
  'parameter of length zero': () => afterwards((peer) => sendRaw(peer, packet(endlessInit(), 0))),
  'chunk of length zero': () =>
    afterwards((peer, victim) => sendRaw(peer, packet(endlessChunk(), sctpOf(victim).localVerificationTag))),
  'DCEP acknowledgement of an unknown stream': () =>
    afterwards((peer) => sctpOf(peer).send(77, DCEP, Buffer.from([2]))),
  'unknown payload type on the open channel': () =>
    afterwards((peer) => sctpOf(peer).send(peer.channel.id, 999, Buffer.from('x'))),

  /** Fragments of a message that never ends, far beyond the receive window. */
  async 'unfinished message beyond the receive window'() {
    const pair = await openPair();
    await floodWithFragments(pair, 4_000, 1_000);
    return heldBytes(sctpOf(pair.offerer)) < 2 ** 21;
  },

  /** The same in small: each byte costs the receiver hundreds. */
  async 'unfinished message in pieces of one byte'() {
    const pair = await openPair();
    await floodWithFragments(pair, 6_000, 1);
    return heldBytes(sctpOf(pair.offerer)) < 5_000;
  },

  async 'more channels than anybody needs'() {
    const pair = await openPair();
    for (let i = 0; i < 200; i++) pair.answerer.pc.createDataChannel(`channel ${i}`);
    const channels = () => Object.keys(pair.offerer.pc.sctpTransport.dataChannels).length;
    return !(await within(() => channels() > 100));
  },

  async 'message whose handler throws'() {
    const pair = await openPair();
    pair.offerer.channel.onMessage.once(() => {
      throw new Error('handler failed');
    });
    pair.answerer.channel.send('boom');
    return await talk(pair);
  },

  // The next two are closed in the link itself, above the patches.
  'empty message': () => afterwards((peer) => peer.channel.send('')),
  /** A far end may announce any limit; what its window cannot hold blocks the channel. */
  async 'message larger than the receive window'() {
    const pair = await openPair();
    pair.answerer.pc.sctpTransport.setRemoteMaxMessageSize(4 * RECEIVE_WINDOW_BYTES);
    pair.answerer.channel.send(Buffer.alloc(2 * RECEIVE_WINDOW_BYTES));
    return await talk(pair);
  },
};
