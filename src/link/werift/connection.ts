/** Builds the peer connection of one link: own certificate, codecs that upstream's offers need. */
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

export async function newConnection(): Promise<RTCPeerConnection> {
  return new RTCPeerConnection({
    // Addresses and servers are named for each gathering: werift would take every interface, and a server of its own.
    iceServers: [],
    iceUseIpv4: false,
    iceUseIpv6: false,
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
