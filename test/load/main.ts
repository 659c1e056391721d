/** What a mesh of N devices asks of its relay: `npm run relay-load`. scripts/relay-load.mjs compiles and starts this. */
import { Counters } from './counters.js';
import { MemoryLinks } from './memory-links.js';
import { MeshOf, type Phase } from './mesh-of.js';
import { parseOptions, USAGE, UsageError } from './options.js';
import { RelayProcess } from './relay-process.js';

/** Until each node has announced itself for the second time. */
const FIRST_HALF_MINUTE_MS = 35_000;
const CONNECT_BOUND_MS = 180_000;

async function main([program = '', ...args]: string[]): Promise<void> {
  const { nodes, seconds, relayCommand, json } = parseOptions(args);
  const command = relayCommand
    ? ['sh', '-c', `exec ${relayCommand}`]
    : [process.execPath, program, 'relay', '--port', '{port}'];
  const relay = await RelayProcess.start(command);
  const counters = new Counters();
  const links = await MemoryLinks.open();
  const mesh = new MeshOf({ nodes, relay: relay.url, links, counters, boundMs: CONNECT_BOUND_MS });
  if (!json) console.log(HEAD);
  const show = async (work: () => Promise<Phase>) => {
    const before = relay.cpuSeconds;
    const phase = await work();
    const cpuSeconds = relay.cpuSeconds < before ? relay.cpuSeconds : relay.cpuSeconds - before; // a new process counts anew
    console.log(json ? JSON.stringify({ nodes, ...phase, cpuSeconds }) : line(phase, cpuSeconds));
  };
  await show(() => mesh.start());
  await show(() => mesh.rest('the first half minute', FIRST_HALF_MINUTE_MS));
  await show(() => mesh.rest('nothing happens', seconds * 1_000));
  await show(() => mesh.restartOne());
  await show(() => mesh.relayRestarts(() => relay.restart()));
  if (!json) console.log(`largest event: ${counters.largest} bytes`);
  await mesh.close();
  await relay.end();
}

const WIDTHS = [22, 9, 18, 18, 18, 18, 7];
const row = (cells: string[]) => cells.map((cell, at) => cell.padStart(WIDTHS[at] ?? 0)).join(' ');
const HEAD = `${row(['', 'seconds', 'events in', 'bytes in', 'events out', 'bytes out', 'CPU s'])}  announces`;

function line({ name, seconds, traffic, announces }: Phase, cpuSeconds: number): string {
  const { eventsIn, bytesIn, eventsOut, bytesOut } = traffic;
  const rate = (count: number) => `${count} (${Number((count / seconds).toPrecision(3))}/s)`;
  const cells = [eventsIn, bytesIn, eventsOut, bytesOut].map(rate);
  const reasons = Object.entries(announces).map(([reason, count]) => `${count} ${reason}`);
  return `${row([name, seconds.toFixed(1), ...cells, cpuSeconds.toFixed(1)])}  ${reasons.join(', ')}`;
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: Error) => {
    console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : `relay-load: ${error.message}`);
    process.exit(error instanceof UsageError ? 2 : 1);
  },
);
