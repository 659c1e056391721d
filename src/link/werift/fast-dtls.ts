/**
 * werift's DTLS client sleeps 100 ms before its first ClientHello and repeats a lost one after 500 ms. Here it speaks at
 * once and repeats within milliseconds; the far end may not be listening yet. Needs `guardHandshake`: a repeated
 * ClientHello can bring a second HelloVerifyRequest.
 */
import type { Dtls, DtlsSocket } from './internals.js';

const REPEAT_AFTER_MS = [8, 20, 45];
const HELLO_SENT = 1;
const BEYOND_LAST_FLIGHT = 99;

export function helloAtOnce(transport: Dtls, socket: DtlsSocket): void {
  const connect = socket.connect.bind(socket);
  let connecting: Promise<void> | undefined;
  // werift's own late call must find the same promise, not send a second first flight.
  socket.connect = () => {
    connecting ??= connect();
    return connecting;
  };
  const { hello, send } = firstDatagram(socket);
  if (!hello) return;
  for (const delayMs of REPEAT_AFTER_MS) {
    setTimeout(() => {
      const unanswered = socket.dtls.flight === HELLO_SENT && transport.state === 'connecting';
      if (unanswered) send(hello).catch(() => {});
    }, delayMs).unref();
  }
}

/** A handshake that is given up would repeat its flight for 33 s, with timers that keep the process up. */
export function endHandshake(transport: Dtls | undefined): void {
  if (transport?.dtls && !transport.dtls.connected) transport.dtls.dtls.flight = BEYOND_LAST_FLIGHT;
}

/** connect() sends its ClientHello before it first yields, so the wrapper can be taken off at once. */
function firstDatagram(socket: DtlsSocket) {
  const { send } = socket.transport;
  let hello: Buffer | undefined;
  socket.transport.send = (data, ...rest) => {
    hello ??= data;
    return send(data, ...rest);
  };
  socket.connect().catch(() => {});
  socket.transport.send = send;
  return { hello, send };
}
