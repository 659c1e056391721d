/** What `up` says first: who we are, and the exact line that brings the next node. */
import { existsSync } from 'node:fs';
import { homedir, networkInterfaces } from 'node:os';
import { basename, relative } from 'node:path';
import type { JoinedNetwork } from '../daemon/network-view.js';
import { VERSION } from '../daemon/version.js';
import { displayId } from '../identity/keys.js';

export interface WelcomeOptions {
  deviceId: string;
  home: string;
  joined: JoinedNetwork;
  /** Port of the relay in this process, if there is one. */
  relayPort: number | undefined;
}

export function welcome({ deviceId, home, joined, relayPort }: WelcomeOptions): string {
  const { config, network } = joined;
  const lan = config.wakemesh?.loopback_only !== true;
  const relay = config.signaling.servers[0] ?? '';
  const reachable = lan && relayPort !== undefined ? `ws://${lanAddress() ?? '<this machine>'}:${relayPort}` : relay;
  const where = lan ? 'On a second machine, in its copy of this folder' : 'In a second terminal, in this folder';
  const command = [
    invocation(),
    ...(lan ? [] : ['--home', quoteHome(nextHome(home))]),
    ...['--network', network.id, '--relay', reachable],
    ...(lan ? ['--lan'] : []),
  ].join(' ');
  return [
    `wakemesh ${VERSION}`,
    `  device   ${displayId(deviceId)}`,
    `  network  ${network.id}`,
    `  relay    ${reachable}${relayPort === undefined ? '' : ' (in this process)'}`,
    `  home     ${home}`,
    '',
    `${where}, type:`,
    `  ${command}`,
    '',
    'What you type here goes to everybody in the network. Ctrl-C ends.',
  ].join('\n');
}

/** How the user started us, up to our own options. */
function invocation(): string {
  if (process.env.npm_lifecycle_event === 'start') return 'npm start --';
  if (process.env.npm_command === 'exec') return 'npx wakemesh up';
  const script = process.argv[1] ?? 'wakemesh';
  return basename(script) === 'main.js' ? `node ${relative(process.cwd(), script)} up` : `${basename(script)} up`;
}

/** `~/.wakemesh` → `~/.wakemesh-2` → `~/.wakemesh-3`: the first that is not there yet. */
function nextHome(home: string): string {
  const [, stem, number] = /^(.*?)(?:-(\d+))?$/.exec(home) as unknown as [string, string, string | undefined];
  let next = Number(number ?? 1) + 1;
  while (existsSync(`${stem}-${next}`)) next += 1;
  return `${stem}-${next}`;
}

function quoteHome(path: string): string {
  const short = path.startsWith(`${homedir()}/`) ? `~${path.slice(homedir().length)}` : path;
  return /^[\w~/.@+-]+$/.test(short) ? short : `'${path.replaceAll("'", `'\\''`)}'`;
}

function lanAddress(): string | undefined {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
}
