/** Builds the peer connection of one link: own certificate, own addresses, codecs that upstream's offers need. */
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import {
  createSelfSignedCertificate,
  HashAlgorithm,
  NamedCurveAlgorithm,
  RTCCertificate,
  RTCPeerConnection,
  SignatureAlgorithm,
  useH264,
  useOPUS,
} from 'werift';
import type { IceServer, LinkOptions } from '../link.js';

/** Bridges and tunnels of containers and hypervisors: their addresses lead to nobody, and each costs checks. */
const VIRTUAL = /^(docker|br-|virbr|vmnet|cni|flannel|cali|kube)/;
const STUN_GATHER_SECONDS = 0.3;
const TURN_CONNECT_SECONDS = 1;

export async function newConnection({ loopbackOnly, iceServers }: LinkOptions): Promise<RTCPeerConnection> {
  const addresses = loopbackOnly ? ['127.0.0.1'] : usableAddresses();
  const single = addresses.length === 1 && addresses[0] === '127.0.0.1';
  return new RTCPeerConnection({
    iceServers: iceServers.flatMap(flatten) as never,
    // werift would gather every interface: name the addresses instead.
    iceUseIpv4: false,
    iceUseIpv6: false,
    iceAdditionalHostAddresses: addresses,
    ...(single && { iceInterfaceAddresses: { udp4: '127.0.0.1' } }),
    iceStunGatherTimeout: STUN_GATHER_SECONDS,
    iceTurnConnectTimeout: TURN_CONNECT_SECONDS,
    // A daemon that offers audio and video beside the data channel takes no answer that rejects them.
    codecs: { audio: [useOPUS()], video: [useH264()] },
    bundlePolicy: 'max-bundle',
    certificates: [await newCertificate()],
  });
}

/** Peers tell a rebuilt session from a restarted one by its fingerprint; werift would use one certificate for all. */
async function newCertificate(): Promise<RTCCertificate> {
  const { keyPem, certPem, signatureHash } = await createSelfSignedCertificate(
    { signature: SignatureAlgorithm.ecdsa_3, hash: HashAlgorithm.sha256_4 },
    NamedCurveAlgorithm.secp256r1_23,
  );
  return new RTCCertificate(keyPem, certPem, signatureHash);
}

/** Loopback only when there is nothing else: two nodes on a machine without a network still find each other. */
export function usableAddresses(): string[] {
  const usable = Object.entries(networkInterfaces())
    .filter(([name]) => !VIRTUAL.test(name))
    .flatMap(([, addresses]) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !isLinkLocal(address))
    .map(({ address }) => address);
  return usable.length > 0 ? usable : ['127.0.0.1'];
}

const isLinkLocal = (address: string) =>
  isIPv4(address) ? address.startsWith('169.254.') : /^fe[89ab]/i.test(address);

/** werift takes one URL per entry. */
function flatten({ urls, ...credentials }: IceServer): object[] {
  return [urls].flat().map((url) => ({ urls: url, ...credentials }));
}
