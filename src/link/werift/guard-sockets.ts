/** A datagram that cannot be sent is lost, as on any network, and a socket that cannot be had is one that is missing. */
import type { Socket } from 'node:dgram';
import { StunOverTurnProtocol, UdpTransport } from 'werift';

export function guardSockets(): void {
  // A socket that fails while nobody listens ends the process: no descriptor left, no such address any more.
  const transport = UdpTransport.prototype as unknown as { init(this: { socket: Socket }): Promise<void> };
  const bind = transport.init;
  transport.init = function () {
    const { socket } = this;
    return new Promise<void>((resolve, reject) => {
      socket.on('error', reject);
      bind.call(this).then(resolve, reject);
    }).catch((error) => {
      socket.close();
      throw error;
    });
  };

  // A lost connection to a TURN server rejects each send, and nobody in werift catches that.
  const sendData = StunOverTurnProtocol.prototype.sendData;
  StunOverTurnProtocol.prototype.sendData = async function (...datagram) {
    await sendData.apply(this, datagram).catch(() => {});
  };
}
