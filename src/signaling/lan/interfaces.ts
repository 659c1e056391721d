/** The IPv4 addresses of this machine on which neighbours may be. */
import { BlockList } from 'node:net';
import { networkInterfaces } from 'node:os';

export interface Interface {
  address: string;
  /** Bits of the network part. */
  prefix: number;
}

/** A machine with more (containers, bridges) announces itself on the first ones. */
const MAX_INTERFACES = 16;

/** `loopbackOnly`: nobody but this machine. */
export function usableInterfaces(loopbackOnly: boolean): Interface[] {
  if (loopbackOnly) return [{ address: '127.0.0.1', prefix: 8 }];
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal, cidr }) => family === 'IPv4' && !internal && cidr !== null)
    .map(({ address, cidr }) => ({ address, prefix: Number(cidr!.split('/')[1]) }))
    .slice(0, MAX_INTERFACES);
}

/**
 * Tells an address of a neighbour from any other. Anybody on the network can claim any address for himself: only those
 * on a network of ours are dialled, or a stranger could make us knock at doors far away.
 */
export function onLinkCheck(interfaces: readonly Interface[]): (address: string) => boolean {
  const networks = new BlockList();
  for (const { address, prefix } of interfaces) networks.addSubnet(address, prefix, 'ipv4');
  return (address) => networks.check(address, 'ipv4');
}
