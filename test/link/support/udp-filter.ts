/** Datagrams of this process between real sockets, seen before they leave: dropped or counted by the port they come from. */
import { Socket } from 'node:dgram';

/** `true` drops the datagram. */
type Filter = (data: Buffer, fromPort: number, toPort: number) => boolean;

const filters = new Set<Filter>();
let installed = false;

export function addUdpFilter(filter: Filter): () => void {
  install();
  filters.add(filter);
  return () => filters.delete(filter);
}

function install(): void {
  if (installed) return;
  installed = true;
  const send = Socket.prototype.send as (this: Socket, ...args: unknown[]) => void;
  Socket.prototype.send = function (this: Socket, ...args: unknown[]) {
    const [data, toPort] = args as [Buffer, number];
    const fromPort = this.address().port;
    if (![...filters].some((drops) => drops(data, fromPort, toPort))) return send.apply(this, args);
    const callback = args.at(-1);
    if (typeof callback === 'function') setImmediate(callback as () => void);
  };
}
