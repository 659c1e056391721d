/** What kind of path a session has, in upstream's words. */
import { BlockList, isIPv4 } from 'node:net';
import type { SelectedPair } from './link.js';

/** From address to address, through a NAT, or by way of a TURN server. */
export type PathKind = 'lan' | 'stun' | 'turn';

/** Addresses that lead nowhere in the open: between one of them and any other stands a NAT. */
const INNER = new BlockList();
for (const [net, bits] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  INNER.addSubnet(net, bits);
}

export function pathKindOf({ local, remote, localAddress, remoteAddress }: SelectedPair): PathKind {
  if (local === 'relay' || remote === 'relay') return 'turn';
  const straight = local === 'host' && remote === 'host' && isInner(localAddress) === isInner(remoteAddress);
  return straight ? 'lan' : 'stun';
}

function isInner(address: string): boolean {
  const host = address.slice(0, address.lastIndexOf(':'));
  return isIPv4(host) && INNER.check(host);
}
