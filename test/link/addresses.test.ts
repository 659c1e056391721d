/** Which addresses a link gathers on. */
import * as os from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { hostAddresses, usableAddresses } from '../../src/link/werift/addresses.js';

vi.mock('node:os', async (importOriginal) => {
  const original = await importOriginal<typeof os>();
  return { ...original, networkInterfaces: vi.fn(original.networkInterfaces) };
});

type Interfaces = Record<string, { address: string; internal: boolean }[]>;
/** A machine with these interfaces: this one has those it has. */
const machine = (interfaces: Interfaces) => vi.mocked(os.networkInterfaces).mockReturnValue(interfaces as never);

const lo = [
  { address: '127.0.0.1', internal: true },
  { address: '::1', internal: true },
];
const external = (...addresses: string[]) => addresses.map((address) => ({ address, internal: false }));

afterEach(() => vi.mocked(os.networkInterfaces).mockReset());

describe('usable addresses', () => {
  it('are none when there is nothing but loopback, which is used then', () => {
    for (const interfaces of [{ lo }, {}]) {
      machine(interfaces as Interfaces);
      expect(usableAddresses(false)).toEqual([]);
      expect(hostAddresses(false)).toEqual(['127.0.0.1']);
    }
  });

  it('are loopback alone where nothing else is asked for', () => {
    machine({ lo, eth0: external('192.0.2.7') });
    expect(hostAddresses(true)).toEqual(['127.0.0.1']);
    expect(hostAddresses(false)).toEqual(['192.0.2.7']);
  });

  it('are those of every real interface, without loopback', () => {
    machine({ lo, eth0: external('192.0.2.7', '2001:db8::7'), wlan0: external('198.51.100.7') });
    expect(usableAddresses(false)).toEqual(['192.0.2.7', '2001:db8::7', '198.51.100.7']);
  });

  it('leave out link-local ones, which mean nothing elsewhere', () => {
    machine({ eth0: external('169.254.1.1', 'fe80::1', 'FEBF::1', 'fec0::1', '192.0.2.7') });
    expect(usableAddresses(false)).toEqual(['fec0::1', '192.0.2.7']);
  });

  it.each(['docker0', 'br-1a2b', 'virbr0', 'vmnet8', 'cni0', 'flannel.1', 'cali12', 'kube-bridge'])(
    'leave out the bridge %s',
    (name) => {
      machine({ lo, [name]: external('172.17.0.1') });
      expect(usableAddresses(false)).toEqual([]);
    },
  );

  it('keep an interface that only sounds like a bridge', () => {
    machine({ bridge0: external('192.0.2.7'), tailscale0: external('100.64.0.7') });
    expect(usableAddresses(false)).toEqual(['192.0.2.7', '100.64.0.7']);
  });
});
