/**
 * Two raw werift connections in one process, patched or not: what the attacks are tried on. Plain JavaScript, since it
 * runs in a process of its own: some attacks end it.
 */
import { Socket } from 'node:dgram';
import {
  createSelfSignedCertificate,
  HashAlgorithm,
  NamedCurveAlgorithm,
  RTCCertificate,
  RTCPeerConnection,
  SignatureAlgorithm,
} from 'werift';

const ANSWERED_WITHIN_MS = 3_000;
const OPEN_WITHIN_MS = 15_000;

/** Called with (data, fromPort, toPort) for each datagram that leaves; `true` drops it. */
export const datagramFilters = new Set();

const send = Socket.prototype.send;
Socket.prototype.send = function (data, toPort, ...rest) {
  for (const drops of datagramFilters) if (drops(data, this.address().port, toPort)) return;
  send.call(this, data, toPort, ...rest);
};

export async function newCertificate() {
  const { keyPem, certPem, signatureHash } = await createSelfSignedCertificate(
    { signature: SignatureAlgorithm.ecdsa_3, hash: HashAlgorithm.sha256_4 },
    NamedCurveAlgorithm.secp256r1_23,
  );
  return new RTCCertificate(keyPem, certPem, signatureHash);
}

export async function newConnection(certificate, iceServers = []) {
  return new RTCPeerConnection({
    iceServers,
    iceUseIpv4: false,
    iceUseIpv6: false,
    iceAdditionalHostAddresses: ['127.0.0.1'],
    iceInterfaceAddresses: { udp4: '127.0.0.1' },
    certificates: [certificate ?? (await newCertificate())],
  });
}

/** The DTLS socket of a connection, as soon as it exists. */
export function onDtlsSocket(pc, use) {
  const [transport] = pc.dtlsTransports;
  const start = transport.start.bind(transport);
  transport.start = () => {
    const started = start();
    use(transport.dtls);
    return started;
  };
}

/** Tests must not ask a public server, not even to show that bare werift does. */
function withoutStun(pc) {
  for (const { connection } of pc.iceTransports) connection.stunServer = undefined;
}

/**
 * Connects two ends: the offerer is the DTLS server, the answerer its client. `prepare` gets each connection as soon as
 * its transports exist. `iceServers`: of the offerer.
 */
export async function connect({
  offererCertificate,
  answererCertificate,
  prepareOfferer,
  prepareAnswerer,
  iceServers,
} = {}) {
  const offerer = { pc: await newConnection(offererCertificate, iceServers), texts: [], channel: undefined };
  const answerer = { pc: await newConnection(answererCertificate), texts: [], channel: undefined };
  adopt(offerer, offerer.pc.createDataChannel('myownmesh'));
  answerer.pc.onDataChannel.subscribe((channel) => adopt(answerer, channel));

  const offer = await offerer.pc.createOffer();
  withoutStun(offerer.pc);
  prepareOfferer?.(offerer.pc);
  await offerer.pc.setLocalDescription(offer);
  await answerer.pc.setRemoteDescription(offerer.pc.localDescription);
  withoutStun(answerer.pc);
  prepareAnswerer?.(answerer.pc);
  await answerer.pc.setLocalDescription(await answerer.pc.createAnswer());
  await offerer.pc.setRemoteDescription(answerer.pc.localDescription);
  return { offerer, answerer };
}

function adopt(end, channel) {
  end.channel = channel;
  channel.onMessage.subscribe((data) => end.texts.push(String(data)));
}

export async function openPair(options) {
  const pair = await connect(options);
  if (!(await within(() => isOpen(pair.offerer) && isOpen(pair.answerer), OPEN_WITHIN_MS)))
    throw new Error('the pair did not open');
  return pair;
}

export const isOpen = ({ pc, channel }) =>
  channel?.readyState === 'open' && pc.connectionState === 'connected' && pc.dtlsTransports[0].state === 'connected';

let serial = 0;

/** Do messages still arrive in both directions? */
export async function talk({ offerer, answerer }, boundMs = ANSWERED_WITHIN_MS) {
  serial += 1;
  const text = `message ${serial}`;
  offerer.channel?.send(text);
  answerer.channel?.send(text);
  return await within(() => offerer.texts.includes(text) && answerer.texts.includes(text), boundMs);
}

export async function within(condition, boundMs = ANSWERED_WITHIN_MS) {
  const endMs = performance.now() + boundMs;
  while (!condition()) {
    if (performance.now() > endMs) return false;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return true;
}

/** Where an end of an open pair receives. */
export function addressOf(other) {
  const [host, port] = other.pc.iceTransports[0].connection.nominated.remoteAddr;
  return { host, port };
}
