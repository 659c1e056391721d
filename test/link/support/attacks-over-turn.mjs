/** Datagrams that reach a session by way of a TURN server, which lets in whatever comes from an IP address it was told of. */
import { classes, Message, methods } from 'werift';
import { bindingRequest, stranger, survives } from './attacks-from-outside.mjs';
import { datagramFilters, openPair } from './victims.mjs';

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

const send = (data, [host, port]) => stranger((sendTo) => sendTo({ host, port }, data));

export const relayAttacks = {
  async 'plaintext alert of a stranger by way of a TURN server'(patches, url) {
    const pair = await openRelayed(patches, url);
    await send(closingAlert(), relayOf(pair).turn.relayedAddress);
    return await survives(pair);
  },

  async 'unauthenticated STUN request by way of a TURN server'(patches, url) {
    const pair = await openRelayed(patches, url);
    const { connection } = pair.offerer.pc.iceTransports[0];
    const known = connection.checkList.length;
    return await stranger(async (sendTo, received) => {
      const [host, port] = relayOf(pair).turn.relayedAddress;
      await sendTo({ host, port }, bindingRequest(`${connection.localUsername}:x`));
      const alive = await survives(pair); // on the same way, so that the request was read before
      return alive && received.length === 0 && connection.checkList.length === known;
    });
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
