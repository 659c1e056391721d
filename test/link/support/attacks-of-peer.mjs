/** What a connected peer can send. */
import { crc32c } from './crc32c.mjs';
import { openPair, talk } from './victims.mjs';

const DCEP = 50;
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

const INIT_FIXED_BYTES = 16;
/** INIT whose only parameter has length zero. */
const endlessInit = () =>
  Buffer.concat([Buffer.from([1, 0, 0, 4 + INIT_FIXED_BYTES + 4]), Buffer.alloc(INIT_FIXED_BYTES, 1), Buffer.alloc(4)]);
const endlessChunk = () => Buffer.from([0, 3, 0, 0]);
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
