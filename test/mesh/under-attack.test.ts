/** The same stranger at the moments when there is no live session to ask: while two devices meet, and while one is frozen. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { identityFromSeed, SEED_BYTES } from '../../src/identity/keys.js';
import type { Relay } from '../../src/relay/relay-server.js';
import { bothActive, closeAll, newIdentities, openMember, openRelay, runtime, until } from '../support/meshes.js';
import { Stranger } from '../support/stranger.js';
import { newOffer, withOtherPassword } from './support/strangers-link.js';

const SCRIPT = fileURLToPath(new URL('support/echo-peer.mjs', import.meta.url));

let relay: Relay;
let stranger: Stranger | undefined;
let child: ChildProcess | undefined;
let attack: NodeJS.Timeout | undefined;
beforeEach(async () => {
  relay = await openRelay();
});
afterEach(async () => {
  clearInterval(attack);
  stranger?.close();
  child?.kill('SIGKILL');
  await closeAll();
});

it.each(['smaller', 'larger'])('while two devices meet, the %s id first, he forges both of them', async (side) => {
  const identities = newIdentities(2);
  if (side === 'larger') identities.reverse();
  const [first, second] = identities;
  const a = await openMember(relay, { identity: first! });
  stranger = await Stranger.open(relay.url, a.network.room);
  const sdp = await newOffer();
  let round = 0;
  const ids = [first!.deviceId, second!.deviceId];
  attack = setInterval(() => {
    for (const [from, to] of [ids, ids.toReversed()] as [string, string][]) {
      round += 1;
      stranger?.forge(from, { kind: 'announce', reflection: false }, 'unsigned');
      stranger?.forge(from, { kind: 'offer', to, sdp: withOtherPassword(sdp, round), neg: '' }, 'unsigned');
      stranger?.forge(from, { kind: 'answer', to, sdp: withOtherPassword(sdp, round), neg: '' }, 'unsigned');
      stranger?.forge(from, { kind: 'leave' }, 'unsigned');
    }
  }, 250);
  await until(() => a.network.peers().length > 0);
  const b = await openMember(relay, { identity: second! });
  await bothActive(a, b);
  const heard: unknown[] = [];
  b.network.channel('chat').subscribe(({ payload }) => heard.push(payload));
  expect(a.network.channel('chat').send(b.id, 'we have met').status).not.toBe('refused');
  await until(() => heard.length > 0);
});

it.each(['smaller', 'larger'])(
  'while a device of the %s id is frozen, he speaks for it: the session is the same after the thaw',
  async (side) => {
    const a = await openMember(relay, { identity: newIdentities(1)[0]! });
    let seed = runtime.randomBytes(SEED_BYTES);
    while (identityFromSeed(seed, '').deviceId < a.id !== (side === 'smaller')) seed = runtime.randomBytes(SEED_BYTES);
    const id = identityFromSeed(seed, '').deviceId;
    stranger = await Stranger.open(relay.url, a.network.room);
    child = spawn(process.execPath, [SCRIPT, Buffer.from(seed).toString('hex'), '1000', relay.url, a.id], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await until(() => a.sees({ id })?.state === 'active');
    const echoes: unknown[] = [];
    a.network.channel('echo').subscribe(({ payload }) => echoes.push(payload));
    const genuine = JSON.parse((stranger.latest('offer', id) ?? stranger.latest('answer', id))!).sdp;
    child.kill('SIGSTOP');
    await until(() => a.sees({ id })?.state === 'stale');
    const foreign = await newOffer();
    const offered = stranger.latest('offer', a.id);
    let round = 0;
    attack = setInterval(() => {
      round += 1;
      stranger?.forge(id, { kind: 'announce', reflection: false }, 'unsigned');
      stranger?.forge(id, { kind: 'offer', to: a.id, sdp: withOtherPassword(genuine, round), neg: '' }, 'unsigned');
      stranger?.forge(id, { kind: 'offer', to: a.id, sdp: withOtherPassword(foreign, round), neg: '' }, 'unsigned');
      stranger?.forge(id, { kind: 'answer', to: a.id, sdp: withOtherPassword(genuine, round), neg: '' }, 'unsigned');
      stranger?.forge(id, { kind: 'leave' }, 'unsigned');
    }, 500);
    await until(() => round >= 10);
    // Neither a restart nor a rebuild is begun for words that nobody signed.
    expect(stranger.latest('offer', a.id)).toBe(offered);
    child.kill('SIGCONT');
    await until(() => a.sees({ id })?.state === 'active');
    expect(a.network.channel('echo').send(id, 'after the thaw').status).not.toBe('refused');
    await until(() => echoes.includes('after the thaw'));
    expect(a.sees({ id })?.epoch).toBe(1);
  },
);

it('he carries their words from one network to another: they do not become members of a network that the other is not in', async () => {
  const [first, second] = newIdentities(2);
  const a = await openMember(relay, { identity: first!, networkId: 'one' });
  const b = await openMember(relay, { identity: second!, networkId: 'two' });
  const inOne = await Stranger.open(relay.url, a.network.room);
  stranger = await Stranger.open(relay.url, b.network.room);
  const word = (ear: Stranger, kind: 'offer' | 'answer', from: string) =>
    until(() => ear.latest(kind, from)).then((content) => JSON.parse(content).sdp as string);
  inOne.forge(b.id, { kind: 'announce', reflection: false }, 'unsigned');
  const offer = await word(inOne, 'offer', a.id);
  stranger.forge(a.id, { kind: 'offer', to: b.id, sdp: offer, neg: '' }, 'unsigned');
  const answer = await word(stranger, 'answer', b.id);
  inOne.forge(b.id, { kind: 'answer', to: a.id, sdp: answer, neg: '' }, 'unsigned');
  await until(() => [...a.changes(b), ...b.changes(a)].some((change) => change === 'gone: auth-failed'));
  inOne.close();
  for (const { events } of [a, b]) expect(events.map(({ type }) => type)).not.toContain('authenticated');
  expect([a.sees(b)?.state, b.sees(a)?.state]).not.toContain('active');
});
