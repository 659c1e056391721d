// node echo-peer.mjs <seed, hex> <boot id> <relay> <device id of the friend>: joins, admits the friend alone, sends back what it hears.
const { generateIdentity, memoryRoster, Mesh } = await import(
  new URL('../../../dist/src/index.js', import.meta.url).href
);

const [seed, boot, relay, friend] = process.argv.slice(2);
const roster = memoryRoster(Date.now);
await roster.approve(friend, 'friend');
const identity = generateIdentity({ randomBytes: () => Buffer.from(seed, 'hex') });
const mesh = await Mesh.open({ identity, boot: Number(boot) });
const network = await mesh.join({ networkId: 'team', relays: [relay], roster, loopbackOnly: true });
const channel = network.channel('echo');
channel.subscribe(({ from, payload }) => channel.send(from, payload));
