/**
 * Whoever is connected, admitted or not, could fill our memory: werift announces a receive window and takes what exceeds
 * it, and opens as many channels as it is told to. No honest peer comes near these bounds; a link that passes one ends.
 */
import type { DataChunk, Sctp, SctpTransport } from './internals.js';

/** Beyond the announced window of 1 MiB. */
const MAX_OVERSHOOT_BYTES = 256 * 1024;
/** werift sorts all that came out of order with each chunk. The window holds some 900 full ones. */
const MAX_OUT_OF_ORDER = 2_048;
/** Of one stream, unfinished or out of order: a chunk of one byte costs hundreds. */
const MAX_HELD_CHUNKS = 4_096;
const MAX_STREAMS = 16;
const MAX_CHANNELS = 16;

const DCEP = 50;
const OPEN = 3;

export function boundChunks(sctp: Sctp, end: () => void): void {
  const receive = sctp.receiveDataChunk.bind(sctp);
  sctp.receiveDataChunk = (chunk) => {
    const expected = (sctp.lastReceivedTsn + 1) >>> 0;
    // Not acknowledged, so an honest peer sends it again when the gap is closed.
    if (sctp.sackMisOrdered.size >= MAX_OUT_OF_ORDER && chunk.tsn !== expected) return;
    receive(chunk);
    if (exceedsBounds(sctp, chunk)) end();
  };
}

function exceedsBounds(sctp: Sctp, { streamId }: DataChunk): boolean {
  const held = sctp.inboundStreams[streamId]?.reassembly.length ?? 0;
  const streams = Object.keys(sctp.inboundStreams).length;
  return sctp.advertisedRwnd < -MAX_OVERSHOOT_BYTES || held > MAX_HELD_CHUNKS || streams > MAX_STREAMS;
}

export function boundChannels(transport: SctpTransport, end: () => void): void {
  const receive = transport.datachannelReceive;
  transport.datachannelReceive = async (streamId, ppid, data) => {
    const opens = ppid === DCEP && data[0] === OPEN;
    if (opens && Object.keys(transport.dataChannels).length >= MAX_CHANNELS) return end();
    await receive(streamId, ppid, data);
  };
}
