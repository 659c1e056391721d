/** Membership spreads between real meshes, and ends where somebody said no. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JoinOptions } from '../../src/mesh/api.js';
import type { Relay } from '../../src/relay/relay-server.js';
import { bothActive, closeAll, type Member, newIdentities, openMember, openRelay, until } from '../support/meshes.js';

let relay: Relay;
beforeEach(async () => {
  relay = await openRelay();
});
afterEach(closeAll);

/** Nobody admits anybody unasked; the options are for the first one. */
async function openThree(options: Partial<JoinOptions> = {}): Promise<[Member, Member, Member]> {
  const [first, ...others] = newIdentities(3).map((identity) => ({ identity, autoApprove: false }));
  const a = await openMember(relay, { ...first, ...options });
  const [b, c] = await Promise.all(others.map((other) => openMember(relay, other)));
  return [a, b!, c!];
}

async function introduce(one: Member, other: Member): Promise<void> {
  await Promise.all([one.network.approve(other.id), other.network.approve(one.id)]);
  await bothActive(one, other);
}

const waits = (member: Member, other: Member) => member.sees(other)?.detail === 'handshaking.awaitingApproval';

it('whom one member knows, all admit, waiting sessions too', async () => {
  const [a, b, c] = await openThree();
  await introduce(a, b);
  await until(() => waits(a, c) && waits(c, a));
  await introduce(b, c);
  await bothActive(a, c);
  const told = [...a.events, ...c.events].filter((event) => event.type === 'rostered');
  expect(told).toContainEqual({ type: 'rostered', network: 'team', devices: [c.id], by: b.id });
  expect(told).toContainEqual({ type: 'rostered', network: 'team', devices: [a.id], by: b.id });
});

it('with gossip off a member admits by its own word only', async () => {
  const [a, b, c] = await openThree({ gossip: false });
  await introduce(a, b);
  await introduce(b, c);
  await until(() => c.network.roster.has(a.id) || waits(c, a)); // b tells c of a, whom b has rostered itself
  await until(() => waits(a, c));
  expect(a.network.roster.has(c.id)).toBe(false);
});

it('a removed device is not brought back by the others', async () => {
  const [a, b, c] = await openThree();
  await introduce(a, b);
  await introduce(b, c);
  await bothActive(a, c);
  await a.network.remove(c.id);
  await until(() => a.sees(c)?.state !== 'active');
  // The change of a fourth entry makes b tell its whole roster again, with c in it.
  await b.network.approve(newIdentities(1)[0]!.deviceId, 'fourth');
  await until(() => a.network.roster.list().some(({ label }) => label === 'fourth'));
  expect(a.network.roster.has(c.id)).toBe(false);
  expect(b.network.roster.has(c.id)).toBe(true);
});
