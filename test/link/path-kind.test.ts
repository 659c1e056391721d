import { expect, it } from 'vitest';
import type { CandidateType } from '../../src/link/link.js';
import { pathKindOf } from '../../src/link/path-kind.js';

const kind = (local: CandidateType, localAddress: string, remote: CandidateType, remoteAddress: string) =>
  pathKindOf({ local, remote, localAddress, remoteAddress, relay: null });

it.each([
  ['two machines of a house', 'host', '192.168.0.2:1', 'host', '192.168.0.3:1', 'lan'],
  ['two houses joined by routers', 'host', '192.168.0.2:1', 'host', '10.1.0.3:1', 'lan'],
  ['two machines in the open', 'host', '198.51.100.1:1', 'host', '203.0.113.1:1', 'lan'],
  ['IPv6', 'host', '[2001:db8::1]:1', 'host', '[2001:db8::2]:1', 'lan'],
  ['they are behind a NAT', 'host', '198.51.100.1:1', 'server_reflexive', '203.0.113.1:1', 'stun'],
  ['they are behind a NAT that nobody knew of', 'host', '198.51.100.1:1', 'peer_reflexive', '203.0.113.1:1', 'stun'],
  ['we are behind a NAT', 'host', '192.168.0.2:1', 'host', '203.0.113.1:1', 'stun'],
  ['we are behind the NAT of a provider', 'host', '100.64.3.2:1', 'host', '203.0.113.1:1', 'stun'],
  ['our TURN server', 'relay', '203.0.113.9:1', 'host', '203.0.113.1:1', 'turn'],
  ['their TURN server', 'host', '192.168.0.2:1', 'relay', '203.0.113.9:1', 'turn'],
] as const)('%s', (_, local, localAddress, remote, remoteAddress, expected) => {
  expect(kind(local, localAddress, remote, remoteAddress)).toBe(expected);
});
