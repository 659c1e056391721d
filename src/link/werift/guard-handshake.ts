/**
 * werift compares the certificate's fingerprint and nothing else: whoever replays the victim's public certificate is
 * believed. Here the signatures and both Finished are checked before werift sees Finished. Messages are passed on once
 * each and in order, because a repeated HelloVerifyRequest or ClientKeyExchange breaks werift's handshake.
 */
import { constants, createHash, createHmac, timingSafeEqual, verify, X509Certificate } from 'node:crypto';
import type { Cipher, DtlsSocket, HandshakeMessage } from './internals.js';

const Type = {
  clientHello: 1,
  helloVerifyRequest: 3,
  serverKeyExchange: 12,
  serverHelloDone: 14,
  certificateVerify: 15,
  finished: 20,
};
const MAX_HELD = 16;

export function guardHandshake(socket: DtlsSocket, isClient: boolean): void {
  const handle = socket.onHandleHandshakes;
  const held = new Map<number, HandshakeMessage>();
  let expected = 0;
  let verified = false;

  const deliver = async (message: HandshakeMessage): Promise<void> => {
    if (message.msg_type === Type.finished && !verified && !socket.connected) {
      if (isClient) verifyServer(socket, message);
      else verifyClient(socket, message);
      verified = true;
    }
    await handle([message]);
  };

  socket.onHandleHandshakes = async (messages) => {
    const deliveries: Promise<void>[] = [];
    for (const message of [...messages].sort((a, b) => a.message_seq - b.message_seq)) {
      // A second handshake inside the first would start from scratch, unverified.
      if (verified && message.msg_type === Type.clientHello) continue;
      if (message.message_seq > expected) {
        if (held.size < MAX_HELD) held.set(message.message_seq, message);
      } else if (message.message_seq < expected) {
        if (asksForRetransmission(message, isClient, socket.dtls.flight)) deliveries.push(deliver(message));
      } else {
        for (let next: HandshakeMessage | undefined = message; next; next = held.get(expected)) {
          held.delete(expected);
          expected += 1;
          deliveries.push(deliver(next));
        }
      }
    }
    await Promise.all(deliveries);
  };
}

/** A duplicate passes only where werift answers it by sending its last flight again. */
function asksForRetransmission(message: HandshakeMessage, isClient: boolean, flight: number): boolean {
  if (isClient) {
    if (message.msg_type === Type.serverHelloDone) return flight === 5;
    return message.msg_type === Type.helloVerifyRequest && flight === 1;
  }
  if (message.msg_type === Type.finished) return true;
  if (message.msg_type !== Type.clientHello) return false;
  return message.message_seq === 0 ? flight <= 2 : flight === 4;
}

/** The server must own the certificate's key, have signed the key in use, and have seen the same handshake. */
function verifyServer({ cipher, dtls }: DtlsSocket, finished: HandshakeMessage): void {
  const messages = dtls.sortedHandshakeCache;
  const exchange = messages.find((message) => message.msg_type === Type.serverKeyExchange)?.fragment;
  if (!exchange || !cipher.remoteCertificate) throw new Error('server certificate or key exchange missing');
  // curve type (1), named curve (2), key length (1), key, signature scheme (2), signature length (2), signature
  const keyEnd = 4 + (exchange[3] as number);
  const params = exchange.subarray(0, keyEnd);
  const signature = exchange.subarray(keyEnd + 4, keyEnd + 4 + exchange.readUInt16BE(keyEnd + 2));
  const signed = Buffer.concat([cipher.localRandom.serialize(), cipher.remoteRandom.serialize(), params]);
  if (!isSigned(cipher.remoteCertificate, exchange.readUInt16BE(keyEnd), signed, signature)) {
    throw new Error('bad ServerKeyExchange signature');
  }
  const used = cipher.remoteKeyPair?.publicKey;
  if (!used || !Buffer.from(params.subarray(4)).equals(Buffer.from(used))) {
    throw new Error('the signed key is not the key in use');
  }
  verifyFinished(cipher, finished, 'server finished', transcript(messages));
}

/** The client must own the key of the certificate it sent. */
function verifyClient({ cipher, dtls }: DtlsSocket, finished: HandshakeMessage): void {
  const messages = dtls.sortedHandshakeCache.filter((message) => message.msg_type !== Type.finished);
  const proof = messages.find((message) => message.msg_type === Type.certificateVerify)?.fragment;
  if (!proof || !cipher.remoteCertificate) throw new Error('client certificate or its proof missing');
  const signed = transcript(messages.filter((message) => message.msg_type !== Type.certificateVerify));
  const signature = proof.subarray(4, 4 + proof.readUInt16BE(2));
  if (!isSigned(cipher.remoteCertificate, proof.readUInt16BE(0), signed, signature)) {
    throw new Error('bad CertificateVerify signature');
  }
  verifyFinished(cipher, finished, 'client finished', transcript(messages));
}

function verifyFinished(cipher: Cipher, finished: HandshakeMessage, label: string, seen: Buffer): void {
  const hash = createHash('sha256').update(seen).digest();
  const expected = pseudoRandom(cipher.masterSecret, Buffer.concat([Buffer.from(label), hash]), 12);
  const actual = Buffer.from(finished.fragment);
  if (actual.length !== expected.length || !timingSafeEqual(expected, actual)) throw new Error('bad Finished');
}

const transcript = (messages: HandshakeMessage[]) => Buffer.concat(messages.map((message) => message.serialize()));

/** TLS 1.2 PRF with SHA-256 (RFC 5246, section 5), the hash of all cipher suites of werift. */
function pseudoRandom(secret: Buffer, seed: Buffer, length: number): Buffer {
  const hmac = (data: Buffer) => createHmac('sha256', secret).update(data).digest();
  const blocks: Buffer[] = [];
  for (let a = hmac(seed); blocks.length * 32 < length; a = hmac(a)) blocks.push(hmac(Buffer.concat([a, seed])));
  return Buffer.concat(blocks).subarray(0, length);
}

const HASHES: Record<number, string> = { 4: 'sha256', 5: 'sha384', 6: 'sha512' };
const RSA = 1;
const ECDSA = 3;
/** rsa_pss_rsae_*: the low byte names the hash. */
const PSS = 8;

function isSigned(certificate: Buffer, scheme: number, data: Buffer, signature: Buffer): boolean {
  const key = new X509Certificate(certificate).publicKey;
  const high = scheme >> 8;
  const low = scheme & 0xff;
  const hash = HASHES[high === PSS ? low : high];
  if (hash === undefined) return false;
  if (high === PSS) {
    if (key.asymmetricKeyType !== 'rsa') return false;
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    return verify(hash, data, { key, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }, signature);
  }
  const fits = (low === ECDSA && key.asymmetricKeyType === 'ec') || (low === RSA && key.asymmetricKeyType === 'rsa');
  return fits && verify(hash, data, key, signature);
}
