/** STUN and TURN servers from the addresses that a configuration names. */
import { isIPv6, SocketAddress } from 'node:net';
import { parseIceServers } from 'werift';
import type { IceServer } from '../link.js';
import type { Address } from './internals.js';

/** Of each kind. Each is asked for each connection. */
const MAX_SERVERS = 4;

export interface StunServer {
  url: string;
  address: Address;
}

export type TurnTransport = 'udp' | 'tcp' | 'tls';

export interface TurnServer extends StunServer {
  transport: TurnTransport;
  username: string;
  password: string;
}

export interface IceServers {
  stun: StunServer[];
  turn: TurnServer[];
  unusable: { url: string; reason: string }[];
}

export function parseServers(configured: readonly IceServer[]): IceServers {
  const servers: IceServers = { stun: [], turn: [], unusable: [] };
  for (const { urls, username, credential } of configured) {
    for (const url of new Set([urls].flat())) {
      const problem = add(servers, url, username, credential);
      if (problem !== undefined) servers.unusable.push({ url, reason: problem });
    }
  }
  return servers;
}

function add({ stun, turn }: IceServers, url: string, username = '', password = ''): string | undefined {
  if (/^\s*stuns:/i.test(url)) return 'STUN over TLS is not supported';
  const {
    stunServer,
    turnServer,
    turnTransport = 'udp',
  } = parseIceServers([{ urls: url, username, credential: password }]);
  if (stunServer) {
    if (stun.length >= MAX_SERVERS) return `more than ${MAX_SERVERS} STUN servers`;
    stun.push({ url, address: canonical(stunServer) });
    return undefined;
  }
  if (!turnServer) return 'not a stun:, turn: or turns: address';
  if (username === '' || password === '') return 'a TURN server needs username and credential';
  if (turn.length >= MAX_SERVERS) return `more than ${MAX_SERVERS} TURN servers`;
  turn.push({ url, address: canonical(turnServer), transport: turnTransport, username, password });
  return undefined;
}

/** As the system names whoever a datagram comes from: an IPv6 address has many spellings. */
function canonical([host, port]: readonly [host: string, port: number]): Address {
  return [isIPv6(host) ? new SocketAddress({ address: host, family: 'ipv6' }).address : host, port];
}

/** Why a server gave us nothing, for a person. */
export function failureOf(error: unknown): string {
  const { response, message } = error as { response?: Response; message?: string };
  const [code, reason] = response?.getAttributeValue('ERROR-CODE') ?? [];
  return code === undefined ? message || 'no answer' : `refused: ${code} ${reason}`;
}

interface Response {
  getAttributeValue(name: 'ERROR-CODE'): [code: number, reason: string] | undefined;
}
