/** Acknowledged messages between real meshes: one outcome for each sender, one delivery for each message. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Delivery } from '../../src/mesh/api.js';
import type { Relay } from '../../src/relay/relay-server.js';
import { MemberLinks } from '../support/member-links.js';
import {
  bothActive,
  closeAll,
  type Member,
  newIdentities,
  openMember,
  openPair,
  openRelay,
  until,
} from '../support/meshes.js';

let relay: Relay;
beforeEach(async () => {
  relay = await openRelay();
});
afterEach(closeAll);

const DELIVERED: Delivery = { status: 'delivered' };
const failed = (reason: string, more: object = {}) => ({ status: 'failed', reason, ...more });

function collect(member: Member, channel = 'safe'): unknown[] {
  const heard: unknown[] = [];
  member.network.channel(channel).subscribe(({ payload }) => heard.push(payload));
  return heard;
}

it('what is delivered arrives once and in order, more than wait at once too', async () => {
  const [a, b] = await openPair(relay);
  const heard = collect(b);
  const outcomes = await Promise.all(
    Array.from({ length: 256 }, (_, number) => a.network.channel('safe').sendReliable(b.id, number)),
  );
  expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['delivered']));
  expect(heard).toEqual(Array.from({ length: 256 }, (_, index) => index));
  expect(await b.network.channel('nobody listens').sendReliable(a.id, null)).toEqual(DELIVERED);
});

it('to a device that is not there: kept until it comes', async () => {
  const [first, second] = newIdentities(2);
  const a = await openMember(relay, { identity: first! });
  const early = a.network.channel('safe').sendReliable(second!.deviceId, 'early');
  const b = await openMember(relay, { identity: second! });
  const heard = collect(b);
  expect(await early).toEqual(DELIVERED);
  expect(heard).toEqual(['early']);
});

it('to a device that never comes: expired; the 257th is refused at once', async () => {
  const a = await openMember(relay);
  const [absent] = newIdentities(1);
  const channel = a.network.channel<number>('safe');
  const send = (number: number) => channel.sendReliable(absent!.deviceId, number, { ttlMs: 100 });
  const outcomes = Array.from({ length: 258 }, (_, number) => send(number));
  expect(await outcomes[257]).toEqual(failed('outbox-full'));
  const reasons = (await Promise.all(outcomes)).map((outcome) => 'reason' in outcome && outcome.reason);
  expect(reasons.filter((reason) => reason === 'expired')).toHaveLength(256);
  expect(reasons.filter((reason) => reason === 'outbox-full')).toHaveLength(2);
});

it('survives a rebuild of the session: sent again, delivered once', async () => {
  const links = new MemberLinks();
  const [first, second] = newIdentities(2);
  const a = await openMember(relay, { identity: first! });
  const b = await openMember(relay, { identity: second!, links });
  await bothActive(a, b);
  const heard = collect(b);
  const send = (number: number) => a.network.channel('safe').sendReliable(b.id, number);
  const before = await send(0);
  const outcomes = Promise.all([1, 2, 3].map(send));
  links.cut();
  expect([before, ...(await outcomes)]).toEqual([DELIVERED, DELIVERED, DELIVERED, DELIVERED]);
  expect(heard).toEqual([0, 1, 2, 3]);
  expect(a.sees(b)?.epoch).toBeGreaterThan(1);
});

it('an acknowledgement that is lost with its session is given again', async () => {
  const links = new MemberLinks();
  const [first, second] = newIdentities(2);
  const a = await openMember(relay, { identity: first! });
  const b = await openMember(relay, { identity: second!, links });
  await bothActive(a, b);
  const heard = collect(b);
  links.cutInsteadOf('channel_ack');
  expect(await a.network.channel('safe').sendReliable(b.id, 'once')).toEqual(DELIVERED);
  expect(heard).toEqual(['once']);
  expect(a.sees(b)?.epoch).toBeGreaterThan(1);
});

it('fails with the reason when the device leaves', async () => {
  const [a, b] = await openPair(relay);
  await b.network.leave();
  await until(() => a.sees(b) === undefined);
  const late = a.network.channel('safe').sendReliable(b.id, 1, { ttlMs: 60_000 });
  await a.network.leave();
  expect(await late).toEqual(failed('closed'));
  expect(await a.network.channel('safe').sendReliable(b.id, 1)).toEqual(failed('closed'));
});

it('mistakes are told at once', async () => {
  const [a, b] = await openPair(relay);
  const channel = a.network.channel('safe');
  await expect(channel.sendReliable('nobody', 1)).rejects.toThrow(expect.objectContaining({ code: 'bad-device-id' }));
  await expect(channel.sendReliable(b.id, 1n)).rejects.toThrow(expect.objectContaining({ code: 'bad-payload' }));
  expect(await channel.sendReliable(b.id, 'x'.repeat(70_000))).toEqual(failed('too-large'));
  await bothActive(a, b);
});
