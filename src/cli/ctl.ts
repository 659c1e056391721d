/** `ctl`: one request to the running daemon, its answer on stdout. */
import { type Command, InvalidArgumentError } from 'commander';
import { addMessages } from './ctl-messages.js';
import { openControl } from './open-control.js';

export function addCtl(program: Command): void {
  const name = program.name();
  const connect = () => openControl(name);
  const ask = async (request: object) => {
    const control = await connect();
    try {
      console.log(JSON.stringify(await control.request(request), null, 2));
    } finally {
      control.close();
    }
  };

  const ctl = program.command('ctl').description('talk to the running daemon');
  ctl
    .command('status')
    .description('version, device id and joined networks')
    .action(() => ask({ op: 'status' }));
  ctl
    .command('peers <network>')
    .description('every known peer of a network')
    .action((network: string) => ask({ op: 'peers_list', network }));

  const networks = ctl.command('networks').description('the joined networks');
  networks
    .command('list', { isDefault: true })
    .description('id, phase and relays of each')
    .action(() => ask({ op: 'networks_list' }));

  networks
    .command('topology <network> <topology>')
    .description('who is connected with whom: full_mesh, ring, star or hubs')
    .option('--hub <hub>', 'hub of a star, or hubs: id[,id…][:redundancy]')
    .action((network: string, topology: string, { hub }: { hub?: string }) =>
      ask({ op: 'topology_set', network, topology, hub }),
    );
  networks
    .command('connect <network> <peer>')
    .description('dial a device, announced or not')
    .option('--pin', 'keep it, whatever the topology, and dial it at each start')
    .option('--wait-ms <ms>', 'wait this long until it is active', wholeNumber, 0)
    .action((network: string, peer: string, { pin = false, waitMs }: { pin?: boolean; waitMs: number }) =>
      ask({ op: 'network_connect_peer', network, peer, pin, wait_ms: waitMs }),
    );
  networks
    .command('reconnect <network>')
    .description('renew the paths to all peers, or to one; sessions survive')
    .option('--peer <peer>', 'this one alone; dialled when there is no session with it')
    .action((network: string, { peer }: { peer?: string }) => ask({ op: 'network_reconnect', network, peer }));
  networks
    .command('unpin <network> <peer>')
    .description('keep a device no longer than the topology does')
    .action((network: string, peer: string) => ask({ op: 'network_unpin_peer', network, peer }));

  const roster = ctl.command('roster').description('who is admitted without asking');
  roster
    .command('list <network>')
    .description('the rostered devices')
    .action((network: string) => ask({ op: 'roster_list', network }));
  roster
    .command('approve <network> <device>')
    .description('roster a device and admit it')
    .option('--label <label>', 'name of the device')
    .action((network: string, device: string, { label }: { label?: string }) =>
      ask({ op: 'roster_approve', network, device_id: device, label }),
    );
  roster
    .command('remove <network> <device>')
    .description('take a device off the roster and end its session')
    .action((network: string, device: string) => ask({ op: 'roster_remove', network, device_id: device }));

  const services = ctl.command('services').description('what this daemon hosts');
  services
    .command('status', { isDefault: true })
    .description('each hosted service')
    .action(() => ask({ op: 'services_status' }));

  addMessages(ctl, { ask, connect });
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('expected milliseconds, a whole number.');
  return Number(text);
}
