// node attack.mjs <bare|patched> <attack>: prints `held` or `broken`. Some attacks end or stall this process instead.
import { outsideAttacks } from './attacks-from-outside.mjs';
import { peerAttacks } from './attacks-of-peer.mjs';
import { handshakeAttacks } from './attacks-on-handshake.mjs';

const [mode, name] = process.argv.slice(2);
const patches = mode === 'patched' ? await loadPatches() : undefined;
const attack = { ...outsideAttacks, ...handshakeAttacks, ...peerAttacks }[name];
const held = await attack(patches);
process.stdout.write(held ? 'held' : 'broken', () => process.exit(0));

async function loadPatches() {
  const folder = new URL('../../../dist/src/link/werift/', import.meta.url);
  const { patchWerift } = await import(new URL('patch.js', folder).href);
  const { holdEarlyDatagrams } = await import(new URL('early-datagrams.js', folder).href);
  patchWerift();
  return { holdEarlyDatagrams };
}
