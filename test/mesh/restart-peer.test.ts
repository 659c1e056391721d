/** A peer's process is killed and started again: a new boot id, signed by the same device, replaces the session at once. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { identityFromSeed, SEED_BYTES } from '../../src/identity/keys.js';
import type { Relay } from '../../src/relay/relay-server.js';
import { closeAll, type Member, newIdentities, openMember, openRelay, runtime, until } from '../support/meshes.js';

const SCRIPT = fileURLToPath(new URL('support/echo-peer.mjs', import.meta.url));
const BOOT = 1_700_000_000_000;
const children = new Set<ChildProcess>();

let relay: Relay;
beforeEach(async () => {
  relay = await openRelay();
});
afterEach(async () => {
  await Promise.all([...children].map(kill));
  await closeAll();
});

async function kill(child: ChildProcess): Promise<void> {
  children.delete(child);
  child.kill('SIGKILL');
  if (child.signalCode === null && child.exitCode === null) await once(child, 'exit');
}

interface Peer {
  id: string;
  start(boot: number): ChildProcess;
}

/** A device whose id is smaller, or larger, than ours. */
function newPeer(side: 'smaller' | 'larger', ourId: string): Peer {
  for (;;) {
    const seed = runtime.randomBytes(SEED_BYTES);
    const id = identityFromSeed(seed, '').deviceId;
    if (id < ourId !== (side === 'smaller')) continue;
    const start = (boot: number) => {
      const args = [SCRIPT, Buffer.from(seed).toString('hex'), String(boot), relay.url, ourId];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
      children.add(child);
      return child;
    };
    return { id, start };
  }
}

async function openUs(): Promise<{ us: Member; echoes: unknown[] }> {
  const us = await openMember(relay, { identity: newIdentities(1)[0]!, autoApprove: false });
  const echoes: unknown[] = [];
  us.network.channel('echo').subscribe(({ payload }) => echoes.push(payload));
  return { us, echoes };
}

const activeIn = (us: Member, peer: Peer, epoch: number) =>
  until(() => us.sees(peer)?.state === 'active' && us.sees(peer)?.epoch === epoch);

async function echoComes(us: Member, peer: Peer, echoes: unknown[], text: string): Promise<void> {
  expect(us.network.channel('echo').send(peer.id, text).status).toBe('sent');
  await until(() => echoes.includes(text));
}

it.each(['smaller', 'larger'] as const)('of the %s id, at once', async (side) => {
  const { us, echoes } = await openUs();
  const peer = newPeer(side, us.id);
  await us.network.roster.approve(peer.id, 'peer');
  const first = peer.start(BOOT);
  await activeIn(us, peer, 1);
  await echoComes(us, peer, echoes, 'first life');

  await kill(first);
  const told = us.changes(peer).length;
  const before = us.events.length;
  peer.start(BOOT + 1);
  await activeIn(us, peer, 2);
  await echoComes(us, peer, echoes, 'second life');
  expect(us.changes(peer).slice(told).slice(-3)).toEqual([
    'sighted: peer-restarted',
    'handshaking: channel-open',
    'active: approved',
  ]);
  const after = us.events.slice(before);
  expect(after).toContainEqual(expect.objectContaining({ type: 'authenticated', rostered: true }));
  expect(after).toContainEqual(expect.objectContaining({ type: 'recovered', via: 'rebuild' }));
});

it.each(['smaller', 'larger'] as const)('of the %s id, after we have found it silent', async (side) => {
  const { us, echoes } = await openUs();
  const peer = newPeer(side, us.id);
  await us.network.roster.approve(peer.id, 'peer');
  const first = peer.start(BOOT);
  await activeIn(us, peer, 1);
  await kill(first);
  await until(() => us.sees(peer)?.state === 'stale');
  expect(us.network.channel('echo').send(peer.id, 'into the silence')).toEqual({ status: 'queued' });
  peer.start(BOOT + 1);
  await activeIn(us, peer, 2);
  expect(us.changes(peer)).toContain('sighted: peer-restarted');
  await until(() => echoes.includes('into the silence')); // what waited is for the device, not for its dead process
});
