/** Datagrams that reach a session by way of a TURN server, which lets in whatever comes from an IP address it was told of. */
import { createSocket } from 'node:dgram';
import { classes, Message, methods } from 'werift';
import { datagramFilters, isOpen, openPair, talk } from './victims.mjs';

const LOGIN = { username: 'someone', credential: 'a secret' };
/** close_notify as a warning. */
const closingAlert = () => Buffer.from([21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 99, 0, 2, 1, 0]);

/** The offerer has an address on the server, and nothing gets from one end's own port to the other's. */
async function openRelayed(patches, url) {
  const iceServers = [{ urls: url, ...LOGIN }];
  const ports = new Set();
  datagramFilters.add((_, from, to) => ports.has(from) && ports.has(to));
  const hold = (pc) => {
    const { connection } = pc.iceTransports[0];
    connection.onIceCandidate.subscribe(({ type, port }) => type === 'host' && ports.add(port));
    return connection;
  };
  let answerer;
  const lines = [];
  const deliver = () => {
    for (const candidate of answerer ? lines.splice(0) : []) answerer.addIceCandidate({ candidate, sdpMLineIndex: 0 });
  };
  return await openPair({
    iceServers,
    prepareOfferer(pc) {
      const ice = hold(pc);
      const candidate = (line) => {
        lines.push(line);
        deliver();
      };
      patches?.gatherWith(ice, { iceServers, loopbackOnly: true, candidate, serverFailed() {} });
    },
    prepareAnswerer(pc) {
      hold(pc);
      answerer = pc;
      deliver();
    },
  });
}

const relayOf = ({ offerer }) => offerer.pc.iceTransports[0].connection.protocols.find(({ turn }) => turn);

async function send(data, [host, port]) {
  const socket = createSocket('udp4');
  await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));
  await new Promise((resolve) => socket.send(data, port, host, resolve));
  socket.close();
}

const survives = async (pair) => (await talk(pair)) && isOpen(pair.offerer) && isOpen(pair.answerer);

export const relayAttacks = {
  async 'plaintext alert of a stranger by way of a TURN server'(patches, url) {
    const pair = await openRelayed(patches, url);
    await send(closingAlert(), relayOf(pair).turn.relayedAddress);
    return await survives(pair);
  },

  /** Straight to the port of our talk with the server. */
  async 'plaintext alert in the name of a TURN server'(patches, url) {
    const pair = await openRelayed(patches, url);
    const { turn, localCandidate } = relayOf(pair);
    const { nominated } = pair.offerer.pc.iceTransports[0].connection;
    const indication = new Message(methods.DATA, classes.INDICATION)
      .setAttribute('XOR-PEER-ADDRESS', nominated.remoteAddr)
      .setAttribute('DATA', closingAlert());
    await send(indication.bytes, ['127.0.0.1', turn.transport.port ?? localCandidate.relatedPort]);
    return await survives(pair);
  },
};
