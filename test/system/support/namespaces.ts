/** Network namespaces of a test: machines with an address each on one bridge, and machines that have nothing but loopback. */
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
    return machine;
  });
  const nft = (rules: string) => run('ip', ['netns', 'exec', hub, 'nft', '-f', '-'], rules);
  return {
    hub,
    hubAddress: '10.77.0.1',
    machines,
    cutUdp: () =>
      nft(`
        add table bridge cut
        add chain bridge cut between { type filter hook forward priority 0; }
        add rule bridge cut between meta l4proto udp drop
      `),
    heal: () => nft('delete table bridge cut\n'),
  };
}

export function removeNamespaces(): void {
  for (const name of existing) ip('netns', 'del', name);
  existing.clear();
}
