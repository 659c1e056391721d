/**
 * The far end's ICE may connect first and send its ClientHello before our DTLS server exists; werift drops it, and some
 * peers repeat it only after a second. Keep what comes early and hand it over.
 */
import type { RTCDtlsTransport, RTCPeerConnection } from 'werift';

const LIMIT = 8; // datagrams; one DTLS flight is fewer

const held = new WeakMap<RTCDtlsTransport, Buffer[]>();

/** For an offering connection, before its local description is set. */
export function holdEarlyDatagrams(pc: RTCPeerConnection): void {
  const transport = pc.dtlsTransports[0];
  if (!transport || held.has(transport)) return;
  const early: Buffer[] = [];
  held.set(transport, early);
  transport.iceTransport.connection.onData.subscribe((datagram: Buffer) => {
    if (!transport.dtls && early.length < LIMIT) early.push(Buffer.from(datagram));
  });
}

export function earlyDatagramsOf(transport: RTCDtlsTransport): Buffer[] {
  const early = held.get(transport) ?? [];
  held.delete(transport);
  return early;
}
