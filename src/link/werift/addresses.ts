/** The addresses of this machine that a path can begin at. */
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Bridges and tunnels of containers and hypervisors: their addresses lead to nobody, and each costs checks. */
const VIRTUAL = /^(docker|br-|veth|virbr|vmnet|cni|flannel|cali|kube)/;
const LOOPBACK = '127.0.0.1';

/** Loopback only when there is nothing else: two nodes on a machine without a network still find each other. */
export function hostAddresses(loopbackOnly: boolean): string[] {
  const usable = usableAddresses(loopbackOnly);
  return usable.length > 0 ? usable : [LOOPBACK];
}

/** Where others can reach this machine; empty when it has no network. */
export function usableAddresses(loopbackOnly: boolean): string[] {
  if (loopbackOnly) return [LOOPBACK];
  return Object.entries(networkInterfaces())
    .filter(([name]) => !VIRTUAL.test(name))
    .flatMap(([, addresses]) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !isLinkLocal(address))
    .map(({ address }) => address);
}

const isLinkLocal = (address: string) =>
  isIPv4(address) ? address.startsWith('169.254.') : /^fe[89ab]/i.test(address);
