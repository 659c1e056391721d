// node attack.mjs <bare|patched> <attack> [TURN server]: prints `held` or `broken`. Some attacks end or stall this process instead.
import { outsideAttacks } from './attacks-from-outside.mjs';
import { peerAttacks } from './attacks-of-peer.mjs';
import { handshakeAttacks } from './attacks-on-handshake.mjs';
import { relayAttacks } from './attacks-over-turn.mjs';

const [mode, name, turnServer] = process.argv.slice(2);
const patches = mode === 'patched' ? await loadPatches() : undefined;
const attack = { ...outsideAttacks, ...handshakeAttacks, ...peerAttacks, ...relayAttacks }[name];
const held = await attack(patches, turnServer);
process.stdout.write(held ? 'held' : 'broken', () => process.exit(0));

async function loadPatches() {
  const folder = new URL('../../../dist/src/link/werift/', import.meta.url);
  const { patchWerift } = await import(new URL('patch.js', folder).href);
  const { holdEarlyDatagrams } = await import(new URL('early-datagrams.js', folder).href);
  const { gatherWith } = await import(new URL('gather.js', folder).href);
  patchWerift();
  return { holdEarlyDatagrams, gatherWith };
}
