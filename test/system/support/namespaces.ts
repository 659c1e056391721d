/** Network namespaces of a test: machines on one bridge, machines that reach nothing but a hub, and machines alone. */
import { execFileSync } from 'node:child_process';

let made = 0;
const existing = new Set<string>();

function run(command: string, args: string[], input = ''): void {
  execFileSync(command, args, { input, stdio: ['pipe', 'ignore', 'inherit'] });
}

const ip = (...args: string[]) => run('ip', args);

/** A machine of its own with loopback up. Its name carries our process id, so that two runs do not meet. */
export function makeNamespace(): string {
  made += 1;
  const name = `wakemesh-${process.pid}-${made}`;
  ip('netns', 'add', name);
  existing.add(name);
  ip('-n', name, 'link', 'set', 'lo', 'up');
  return name;
}

export interface Lan {
  /** Bridges the machines; also a machine itself, with the first address. */
  hub: string;
  hubAddress: string;
  machines: string[];
  /** Takes the address from a machine, or gives it one more. */
  takeAddress(machine: string, address: string): void;
  giveAddress(machine: string, address: string): void;
  /** Drops every UDP packet between the machines; what goes to and from the hub stays. */
  cutUdp(): void;
  heal(): void;
}

/** `count` machines with one address each on one network. */
export function makeLan(count: number): Lan {
  const hub = makeNamespace();
  ip('-n', hub, 'link', 'add', 'lan', 'type', 'bridge');
  ip('-n', hub, 'address', 'add', '10.77.0.1/24', 'dev', 'lan');
  ip('-n', hub, 'link', 'set', 'lan', 'up');
  const machines = Array.from({ length: count }, (_, index) => {
    const machine = makeNamespace();
    const port = `port${index}`;
    ip('-n', hub, 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', machine);
    ip('-n', hub, 'link', 'set', port, 'master', 'lan', 'up');
    ip('-n', machine, 'address', 'add', `10.77.0.${index + 2}/24`, 'dev', 'eth0');
    ip('-n', machine, 'link', 'set', 'eth0', 'up');
    // Else a second address of the network goes together with the first.
    const promote = 'echo 1 > /proc/sys/net/ipv4/conf/eth0/promote_secondaries';
    ip('netns', 'exec', machine, 'sh', '-c', promote);
    return machine;
  });
  const nft = (rules: string) => run('ip', ['netns', 'exec', hub, 'nft', '-f', '-'], rules);
  return {
    hub,
    hubAddress: '10.77.0.1',
    machines,
    takeAddress: (machine, address) => ip('-n', machine, 'address', 'del', `${address}/24`, 'dev', 'eth0'),
    giveAddress: (machine, address) => ip('-n', machine, 'address', 'add', `${address}/24`, 'dev', 'eth0'),
    cutUdp: () =>
      nft(`
        add table bridge cut
        add chain bridge cut between { type filter hook forward priority 0; }
        add rule bridge cut between meta l4proto udp drop
      `),
    heal: () => nft('delete table bridge cut\n'),
  };
}

export interface Islands {
  /** Every machine reaches each of its addresses; it forwards nothing. */
  hub: string;
  hubAddress: string;
  machines: string[];
}

/** `count` machines, each alone on a network with the hub: none can reach another. */
export function makeIslands(count: number): Islands {
  const hub = makeNamespace();
  const machines = Array.from({ length: count }, (_, index) => {
    const machine = makeNamespace();
    const port = `port${index}`;
    ip('-n', hub, 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', machine);
    ip('-n', hub, 'address', 'add', `10.78.${index}.1/24`, 'dev', port);
    ip('-n', hub, 'link', 'set', port, 'up');
    ip('-n', machine, 'address', 'add', `10.78.${index}.2/24`, 'dev', 'eth0');
    ip('-n', machine, 'link', 'set', 'eth0', 'up');
    ip('-n', machine, 'route', 'add', 'default', 'via', `10.78.${index}.1`);
    return machine;
  });
  run('ip', ['netns', 'exec', hub, 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=0']);
  return { hub, hubAddress: '10.78.0.1', machines };
}

export function removeNamespaces(): void {
  for (const name of existing) ip('netns', 'del', name);
  existing.clear();
}
