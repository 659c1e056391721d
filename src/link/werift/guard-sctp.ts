/**
 * A connected peer can end the whole process: a parameter or chunk of length zero is an endless loop in werift, and a
 * malformed packet, an unknown stream or payload type an unhandled rejection.
 */
import { RTCSctpTransport } from 'werift';
import { boundChannels, boundChunks } from './guard-receive.js';
import type { SctpTransport } from './internals.js';
import { boundRoundTrip } from './round-trip.js';

const HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 4;
const DATA = 0;
const DATA_MIN_BYTES = 17; // header 16 and at least one byte
/** Chunk types that end in a parameter list, with the bytes between chunk header and first parameter. */
const PARAMETERS_AFTER: Record<number, number> = { 1: 16, 2: 16, 4: 0, 5: 0, 6: 0, 9: 0, 130: 0 };

export function guardSctp(): void {
  const guarded = new WeakSet<object>();
  const setDtlsTransport = RTCSctpTransport.prototype.setDtlsTransport;
  RTCSctpTransport.prototype.setDtlsTransport = function (dtlsTransport) {
    const transport = this as unknown as SctpTransport;
    const end = () => transport.dtlsTransport.dtls?.onClose.execute();
    if (!guarded.has(transport)) {
      guarded.add(transport);
      boundChannels(transport, end);
      transport.datachannelReceive = caught(transport.datachannelReceive);
    }
    setDtlsTransport.call(this, dtlsTransport);
    const { sctp } = transport;
    if (sctp && !guarded.has(sctp)) {
      guarded.add(sctp);
      boundChunks(sctp, end);
      boundRoundTrip(sctp);
      sctp.handleData = caught(sctp.handleData.bind(sctp));
    }
  };
}

/** werift starts these without a catch; what a peer sends must not end our process. */
function caught<Args extends unknown[]>(handler: (...args: Args) => Promise<void>): (...args: Args) => Promise<void> {
  return async (...args) => {
    try {
      await handler(...args);
    } catch {
      // the packet is dropped; SCTP repeats what was worth repeating
    }
  };
}

export function isWellFormedSctp(packet: Buffer): boolean {
  if (packet.length < HEADER_BYTES + CHUNK_HEADER_BYTES) return false;
  for (let at = HEADER_BYTES; at + CHUNK_HEADER_BYTES <= packet.length; ) {
    const type = packet[at] as number;
    const length = packet.readUInt16BE(at + 2);
    const end = at + length;
    if (length < CHUNK_HEADER_BYTES || end > packet.length) return false;
    if (type === DATA && length < DATA_MIN_BYTES) return false;
    const skip = PARAMETERS_AFTER[type];
    if (skip !== undefined && !areParametersSane(packet, at + CHUNK_HEADER_BYTES + skip, end)) return false;
    at = end + padding(length);
  }
  return true;
}

function areParametersSane(packet: Buffer, start: number, end: number): boolean {
  for (let at = start; at + 4 <= end; ) {
    const length = packet.readUInt16BE(at + 2);
    if (length < 4) return false;
    at += length + padding(length);
  }
  return true;
}

const padding = (length: number) => -length & 3;
