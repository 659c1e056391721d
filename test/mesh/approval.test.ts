import { afterEach, beforeEach, expect, it } from 'vitest';
import { memoryRoster, type Roster } from '../../src/mesh/roster.js';
import type { Relay } from '../../src/relay/relay-server.js';
import { bothActive, closeAll, type Member, newIdentities, openMember, openRelay, until } from '../support/meshes.js';

let relay: Relay;
beforeEach(async () => {
  relay = await openRelay();
});
afterEach(closeAll);

const newRoster = () => memoryRoster(Date.now);
const isWaiting = (us: Member, them: Member) => us.sees(them)?.detail === 'handshaking.awaitingApproval';

async function openStrangers(
  rosters: [Roster, Roster] = [newRoster(), newRoster()],
  [first, second] = newIdentities(2),
): Promise<[Member, Member]> {
  const a = await openMember(relay, { identity: first!, autoApprove: false, roster: rosters[0], boot: 1_000 });
  const b = await openMember(relay, { identity: second!, autoApprove: false, roster: rosters[1], boot: 1_000 });
  await until(() => isWaiting(a, b) && isWaiting(b, a));
  return [a, b];
}

it('strangers wait, with matching codes, until each side has approved the other', async () => {
  const [a, b] = await openStrangers();
  expect(a.sees(b)?.codeReceived).toMatch(/^[a-z0-9]{6}$/);
  expect([a.sees(b)?.codeReceived, a.sees(b)?.codeSent]).toEqual([b.sees(a)?.codeSent, b.sees(a)?.codeReceived]);
  const [told] = a.events.flatMap((event) => (event.type === 'authenticated' ? [event] : []));
  expect(told).toMatchObject({ code: a.sees(b)?.codeReceived, rostered: false, peer: { deviceId: b.id } });
  expect(a.network.channel('chat').send(b.id, 1)).toEqual({ status: 'refused', reason: 'not-active' });

  await a.network.approve(b.id, 'Bob');
  await until(() => b.sees(a)?.approvedByThem);
  expect(isWaiting(a, b) && isWaiting(b, a)).toBe(true);
  await b.network.approve(a.id);
  await bothActive(a, b);
  expect(a.network.roster.list()).toMatchObject([{ device_id: b.id, label: 'Bob', role: 'member' }]);
  expect(b.network.roster.list()).toMatchObject([{ device_id: a.id, label: b.sees(a)?.label }]);
});

it('approved before it was ever seen: admitted at once', async () => {
  const [first, second] = newIdentities(2);
  const [a, b] = [
    await openMember(relay, { identity: first!, autoApprove: false }),
    await openMember(relay, { identity: second!, autoApprove: false }),
  ];
  await Promise.all([a.network.approve(b.id), b.network.approve(a.id)]);
  await bothActive(a, b);
});

it('a rostered peer that comes back in a new session is admitted without asking', async () => {
  const rosters: [Roster, Roster] = [newRoster(), newRoster()];
  const identities = newIdentities(2);
  const [, second] = identities;
  const [a, b] = await openStrangers(rosters, identities);
  await Promise.all([a.network.approve(b.id), b.network.approve(a.id)]);
  await bothActive(a, b);
  await b.mesh.close();
  await until(() => a.sees(b) === undefined);
  const told = a.events.length;
  const again = await openMember(relay, { identity: second!, autoApprove: false, roster: rosters[1], boot: 2_000 });
  await bothActive(a, again);
  expect(a.events.slice(told)).toContainEqual(
    expect.objectContaining({
      type: 'authenticated',
      rostered: true,
      peer: expect.objectContaining({ deviceId: b.id }),
    }),
  );
  expect(a.sees(again)?.epoch).toBe(2);
});

it('remove ends the session, and the device waits for approval like any stranger', async () => {
  const [a, b] = await openStrangers();
  await Promise.all([a.network.approve(b.id), b.network.approve(a.id)]);
  await bothActive(a, b);
  await a.network.remove(b.id);
  expect(a.changes(b).at(-1)).toBe('gone: removed');
  expect(a.network.roster.has(b.id)).toBe(false);
  await until(() => b.sees(a)?.state !== 'active');
  await until(() => isWaiting(a, b));
  expect(a.sees(b)?.approvedByUs).toBe(false);
  await a.network.approve(b.id);
  await bothActive(a, b);
});
