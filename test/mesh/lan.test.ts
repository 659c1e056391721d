/** A mesh without any relay: loopback mDNS, real links. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MeshError } from '../../src/mesh/api.js';
import { Mesh } from '../../src/mesh/mesh.js';
import { closeAll, type Member, newIdentities, openMember, openRelay, until } from '../support/meshes.js';

afterEach(closeAll);
let networkId: string;
beforeEach(() => {
  networkId = `lan-${randomBytes(4).toString('hex')}`;
});

const identities = newIdentities(2);
const NO_RELAY = { url: '' };
const lanOnly = (index: number, boot?: number) =>
  openMember(NO_RELAY, { identity: identities[index]!, relays: [], lan: true, networkId, ...(boot && { boot }) });
const active = (a: Member, b: Member) => until(() => a.sees(b)?.state === 'active' && b.sees(a)?.state === 'active');

it('two devices meet, talk, and part with a goodbye', async () => {
  const [a, b] = [await lanOnly(0), await lanOnly(1)];
  await active(a, b);
  const heard: unknown[] = [];
  b.network.channel('chat').subscribe(({ payload }) => heard.push(payload));
  a.network.channel('chat').send(b.id, 'hello');
  await until(() => heard.length > 0);
  expect(a.network.relays()).toEqual([{ url: 'mdns:', state: 'admitted' }]);
  expect(a.sees(b)).toMatchObject({ signs: true, epoch: 1 });
  await b.network.leave();
  await until(() => a.sees(b) === undefined);
  expect(a.changes(b).at(-1)).toMatch(/^gone: left/);
});

it.each([0, 1])(
  'device %i starts anew without a goodbye: its signed newer boot id clears the old session',
  async (which) => {
    const other = await lanOnly(1 - which);
    const before = await lanOnly(which, 1_000);
    await active(before, other);
    // The same device again, while the old process seems to live: nobody said goodbye.
    const after = await lanOnly(which, 2_000);
    await until(() => other.changes(after).some((change) => change.includes('peer-restarted')));
    await until(() => after.sees(other)?.state === 'active' && other.sees(after)?.state === 'active');
  },
);

it('beside a relay: one session, whichever way the words came', async () => {
  const relay = await openRelay();
  const join = { lan: true, networkId };
  const a = await openMember(relay, { identity: identities[0]!, ...join });
  const b = await openMember(relay, { identity: identities[1]!, ...join });
  await active(a, b);
  expect([a.sees(b)?.epoch, b.sees(a)?.epoch]).toEqual([1, 1]);
  await relay.close();
  await until(() => a.network.relays().every(({ url, state }) => url === 'mdns:' || state === 'backoff'));
  await b.network.leave();
  await until(() => a.sees(b) === undefined);
});

it('neither relay nor local network is refused', async () => {
  const mesh = await Mesh.open();
  for (const join of [{}, { lan: true, listenOnly: true }]) {
    await expect(mesh.join({ networkId, relays: [], ...join })).rejects.toBeInstanceOf(MeshError);
  }
  await mesh.close();
});
