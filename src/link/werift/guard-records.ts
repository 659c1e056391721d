/**
 * DTLS records from outside, before werift sees them. An unknown record type, a plaintext alert or a plaintext
 * ClientHello each end or wedge a live session there, and an encrypted alert is read as if it were not encrypted.
 */
import type { DtlsSocket } from './internals.js';

const Type = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 };
const HEADER_BYTES = 13;
const FATAL = 2;
const CLOSE_NOTIFY = 0;

export function guardRecords(socket: DtlsSocket): void {
  const wire = socket.transport.socket;
  const receive = wire.onData;
  wire.onData = (datagram) => {
    const records = recordsIn(datagram).filter((record) => isAcceptable(socket, record));
    if (records.length > 0) receive(records.length === 1 ? (records[0] as Buffer) : Buffer.concat(records));
  };
}

function recordsIn(datagram: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let start = 0; start + HEADER_BYTES <= datagram.length; ) {
    const end = start + HEADER_BYTES + datagram.readUInt16BE(start + 11);
    if (end > datagram.length) break;
    records.push(datagram.subarray(start, end));
    start = end;
  }
  return records;
}

function isAcceptable(socket: DtlsSocket, record: Buffer): boolean {
  const type = record[0] as number;
  const plaintext = record.readUInt16BE(3) === 0;
  if (type < Type.changeCipherSpec || type > Type.applicationData) return false;
  if (type === Type.alert) {
    if (!plaintext) obeyAuthenticAlert(socket, record);
    return false;
  }
  return !(plaintext && socket.connected);
}

function obeyAuthenticAlert(socket: DtlsSocket, record: Buffer): void {
  try {
    const [level, description] = socket.cipher.decryptPacket({
      recordLayerHeader: {
        contentType: record[0],
        protocolVersion: { major: record[1], minor: record[2] },
        epoch: record.readUInt16BE(3),
        sequenceNumber: record.readUIntBE(5, 6),
        contentLen: record.readUInt16BE(11),
      },
      fragment: record.subarray(HEADER_BYTES),
    });
    if (level === FATAL || description === CLOSE_NOTIFY) socket.onClose.execute();
  } catch {
    // forged: it does not decrypt
  }
}
