/** Network namespaces of a test: machines on one bridge, behind NATs, on islands with nothing but a hub, and alone. */
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

const nft = (namespace: string, rules: string) => run('ip', ['netns', 'exec', namespace, 'nft', '-f', '-'], rules);

/** A hub that is one network with whoever is plugged in. */
function makeBridge(address: string): string {
  const hub = makeNamespace();
  ip('-n', hub, 'link', 'add', 'bridge', 'type', 'bridge');
  ip('-n', hub, 'address', 'add', `${address}/24`, 'dev', 'bridge');
  ip('-n', hub, 'link', 'set', 'bridge', 'up');
  return hub;
}

function plugIn(hub: string, machine: string, address: string): void {
  const port = `port${machine.split('-').at(-1)}`;
  ip('-n', hub, 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', machine);
  ip('-n', hub, 'link', 'set', port, 'master', 'bridge', 'up');
  ip('-n', machine, 'address', 'add', `${address}/24`, 'dev', 'eth0');
  ip('-n', machine, 'link', 'set', 'eth0', 'up');
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
  const hub = makeBridge('10.77.0.1');
  const machines = Array.from({ length: count }, (_, index) => {
    const machine = makeNamespace();
    plugIn(hub, machine, `10.77.0.${index + 2}`);
    // Else a second address of the network goes together with the first.
    const promote = 'echo 1 > /proc/sys/net/ipv4/conf/eth0/promote_secondaries';
    ip('netns', 'exec', machine, 'sh', '-c', promote);
    return machine;
  });
  return {
    hub,
    hubAddress: '10.77.0.1',
    machines,
    takeAddress: (machine, address) => ip('-n', machine, 'address', 'del', `${address}/24`, 'dev', 'eth0'),
    giveAddress: (machine, address) => ip('-n', machine, 'address', 'add', `${address}/24`, 'dev', 'eth0'),
    cutUdp: () =>
      nft(
        hub,
        `
        add table bridge cut
        add chain bridge cut between { type filter hook forward priority 0; }
        add rule bridge cut between meta l4proto udp drop
      `,
      ),
    heal: () => nft(hub, 'delete table bridge cut\n'),
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

/** `count` machines, each in a house of its own: its router lends it an address, and lets in only what it has asked for. */
export function makeHouses(count: number): Islands {
  const hub = makeBridge('10.79.0.1');
  const machines = Array.from({ length: count }, (_, index) => {
    const [router, machine] = [makeNamespace(), makeNamespace()];
    plugIn(hub, router, `10.79.0.${index + 2}`);
    ip('-n', router, 'link', 'add', 'home', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', machine);
    ip('-n', router, 'address', 'add', `10.80.${index}.1/24`, 'dev', 'home');
    ip('-n', router, 'link', 'set', 'home', 'up');
    ip('-n', machine, 'address', 'add', `10.80.${index}.2/24`, 'dev', 'eth0');
    ip('-n', machine, 'link', 'set', 'eth0', 'up');
    ip('-n', machine, 'route', 'add', 'default', 'via', `10.80.${index}.1`);
    run('ip', ['netns', 'exec', router, 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=1']);
    nft(
      router,
      `
        add table ip house
        add chain ip house lends { type nat hook postrouting priority srcnat; }
        add rule ip house lends oifname "eth0" masquerade
        add chain ip house admits { type filter hook input priority filter; }
        add rule ip house admits iifname "eth0" ct state new drop
      `,
    );
    return machine;
  });
  return { hub, hubAddress: '10.79.0.1', machines };
}

export function removeNamespaces(): void {
  for (const name of existing) ip('netns', 'del', name);
  existing.clear();
}
