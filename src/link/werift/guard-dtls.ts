/** Wraps each DTLS socket as it comes into being, before the first datagram reaches it. */
import { DtlsClient, RTCDtlsTransport } from 'werift';
import { earlyDatagramsOf } from './early-datagrams.js';
import { helloAtOnce } from './fast-dtls.js';
import { guardHandshake } from './guard-handshake.js';
import { guardRecords } from './guard-records.js';
import { isWellFormedSctp } from './guard-sctp.js';
import { asDtls, type Dtls, type DtlsSocket } from './internals.js';

const MAX_HELD_PACKETS = 32;
/** Finished goes out as record 7 or 8, then werift counts from 1 again: a peer with a replay window loses a record. */
const ABOVE_FINISHED = 64;

export function guardDtls(): void {
  const start = RTCDtlsTransport.prototype.start;
  RTCDtlsTransport.prototype.start = function (this: RTCDtlsTransport) {
    const started = start.call(this); // its synchronous part creates the socket
    const transport = asDtls(this);
    const socket = transport.dtls;
    if (socket && transport.state === 'connecting') {
      const isClient = socket instanceof DtlsClient;
      guardHandshake(socket, isClient);
      guardRecords(socket);
      holdDataUntilVerified(transport, socket);
      socket.onConnect.once(() => {
        socket.dtls.recordSequenceNumber = ABOVE_FINISHED;
      });
      if (isClient) helloAtOnce(transport, socket);
      const early = earlyDatagramsOf(this);
      if (early.length > 0) setImmediate(() => deliver(early, socket.transport.socket.onData));
    }
    return started;
  };
}

/** Without this, data flows although the handshake failed or the fingerprint was never compared. */
function holdDataUntilVerified(transport: Dtls, socket: DtlsSocket): void {
  const pass = socket.onData.execute;
  let held: Buffer[] = [];
  socket.onData.execute = (packet) => {
    if (!isWellFormedSctp(packet)) return;
    if (transport.state === 'connected') return pass(packet);
    if (transport.state === 'connecting' && held.length < MAX_HELD_PACKETS) held.push(packet);
  };
  transport.onStateChange.subscribe((state) => {
    const packets = held;
    held = [];
    if (state === 'connected') queueMicrotask(() => deliver(packets, pass));
    if (state === 'failed') transport.iceTransport.stop().catch(() => {});
  });
}

function deliver(packets: Buffer[], receive: (packet: Buffer) => unknown): void {
  for (const packet of packets) receive(packet);
}
