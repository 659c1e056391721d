/**
 * One admitted member in a process of its own does what it can to two others. They keep their own session, with every
 * message on it in order; and who speaks no protocol is dropped, told about once, and left alone.
 */
import { pino } from 'pino';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Relay } from '../../src/relay/relay-server.js';
import {
  bothActive,
  closeAll,
  type Member,
  NumberFlow,
  newIdentities,
  openMember,
  openRelay,
  until,
} from '../support/meshes.js';
import { Stranger } from '../support/stranger.js';
import { Rogue } from './support/rogue.js';

let relay: Relay;
let a: Member;
let b: Member;
let rogue: Rogue;
let flows: NumberFlow[];
let log: Record<string, unknown>[];
/** Of the session of the two when the member came: on a busy machine offers cross, and it is not the first one built. */
let epochs: number[];
let isOpen = false;

const rogueIsActive = () => [a, b].every((member) => member.sees(rogue)?.state === 'active');

/** Two members, and a third that goes on to the next test for as long as it is one. */
beforeEach(async () => {
  if (isOpen && !rogueIsActive()) await end();
  if (!isOpen) await openThree();
  flows = [new NumberFlow(a, b), new NumberFlow(b, a)];
});
afterAll(end);

async function openThree(): Promise<void> {
  relay = await openRelay();
  log = [];
  const sink = pino({ level: 'info' }, { write: (line: string) => log.push(JSON.parse(line)) });
  const [first, second] = newIdentities(2);
  a = await openMember(relay, { identity: first!, log: sink });
  b = await openMember(relay, { identity: second! });
  rogue = await Rogue.start(relay);
  isOpen = true;
  await bothActive(a, b);
  await until(rogueIsActive);
  epochs = sides().map(([us, them]) => us.sees(them)!.epoch);
}

const sides = () => [[a, b] as const, [b, a] as const];

async function end(): Promise<void> {
  isOpen = false;
  rogue.end();
  await closeAll();
}

/** Nobody suspected anybody: it is the same session, it never fell silent, and nothing was lost on it. */
async function othersAreUnharmed(): Promise<void> {
  await Promise.all(flows.map((flow) => flow.flows()));
  await Promise.all(flows.map((flow) => flow.stop()));
  expect(sides().map(([us, them]) => us.sees(them)?.epoch)).toEqual(epochs);
  for (const [us, them] of sides()) {
    expect(us.sees(them)?.detail).toBe('active.steady');
    const changes = us.changes(them);
    expect(changes.filter((change) => /^(active|stale|gone)/.test(change))).toHaveLength(1);
  }
}

const channel = (payload: unknown) => ({ kind: 'channel', channel: 'chat', payload });

describe('who speaks no protocol', () => {
  it('is dropped with a reason, told about once, and not heard when it comes back', async () => {
    const ear = await Stranger.open(relay.url, a.network.room);
    const heardOfRogue = () => ear.heard.filter((content) => JSON.parse(content).from === rogue.id).length;
    await ear.said();
    const known = heardOfRogue();
    await rogue.say(['secret words, no frame'], 500);
    for (const member of [a, b]) {
      await until(() => member.sees(rogue) === undefined);
      expect(member.changes(rogue).at(-1)).toBe('gone: protocol-violation');
    }
    const sightings = () => a.events.filter((event) => event.type === 'peer' && event.peer.deviceId === rogue.id);
    const told = sightings().length;
    await until(() => heardOfRogue() > known); // it would like to come back
    ear.close();
    await othersAreUnharmed();
    expect(sightings()).toHaveLength(told);
    const lines = log.filter(({ peer, level }) => peer === rogue.id && level === 40);
    expect(lines.map(({ msg }) => msg)).toEqual([
      'peer dropped and left alone for a while: its messages are no frames of the protocol (not JSON)',
    ]);
    expect(JSON.stringify(log)).not.toContain('secret');
    // Whoever looks after the device can end that at once.
    a.network.dial(rogue.id);
    await until(() => a.sees(rogue)?.state === 'active');
  });

  it('now and then is borne with: it may be of a newer version', async () => {
    await rogue.say(['nonsense', '{"kind":"ping","t":0.5}', '{"kind":"kind of tomorrow"}', '[]']);
    await rogue.say([channel('after the nonsense')]);
    await othersAreUnharmed();
    expect(rogueIsActive()).toBe(true);
  });
});

describe('a flood of', () => {
  it.each<[string, (string | object)[]]>([
    ['messages to a channel', [channel('x'.repeat(1_000))]],
    ['pings', ['{"kind":"ping","t":#}']],
    ['calls that nobody serves', ['{"kind":"rpc_request","request_id":"r#","method":"m","payload":null}']],
    ['answers to calls that nobody made', ['{"kind":"rpc_response","request_id":"r#","ok":null,"error":null}']],
    [
      'reliable messages, each in a stream of its own',
      ['{"kind":"channel_seq","stream":#,"seq":1,"channel":"chat","payload":null}'],
    ],
    [
      'gossip',
      [
        '{"kind":"roster_summary","root":"#","count":9,"last_edit_ts":1}',
        '{"kind":"roster_request","include_all":true,"subtree_hashes":[]}',
      ],
    ],
    ['changes of mind', ['{"kind":"shelve","reason":"#"}', '{"kind":"unshelve"}']],
    ['capabilities', ['{"kind":"capabilities_update","capabilities":{"tags":["#"]}}']],
    ['handshakes', ['{"kind":"approve"}', '{"kind":"auth_response","signature":"x"}']],
    ['kinds of tomorrow', ['{"kind":"tomorrow #"}']],
  ])('%s', async (_, texts) => {
    const said = await rogue.say(texts, 1_500 / texts.length);
    expect(said).toBe(2 * 1_500);
    await othersAreUnharmed();
    expect(rogueIsActive()).toBe(true);
  });
});

describe("what is not the sender's to say", () => {
  it('thousands of devices to roster: four thousand, none that was removed', async () => {
    const [removed] = newIdentities(1);
    await a.network.remove(removed!.deviceId);
    const ids = [removed!, ...newIdentities(5_000)].map(({ deviceId }) => deviceId);
    const entry = (device_id: string) => ({ device_id, label: 'x', approved_at: 1, role: 'owner', granted_by: '' });
    for (let at = 0; at < ids.length; at += 400) {
      await rogue.say([{ kind: 'roster_entries', entries: ids.slice(at, at + 400).map(entry) }]);
    }
    await until(() => a.network.roster.list().length >= 4_096);
    await othersAreUnharmed();
    const { roster } = a.network;
    expect(roster.list()).toHaveLength(4_096);
    expect(roster.has(removed!.deviceId)).toBe(false);
    expect(new Set(roster.list().map(({ role }) => role))).toEqual(new Set(['member']));
  });

  it('who owns the network, that it is closed, who is evicted: kept for people to see', async () => {
    const at = 1_700_000_000;
    const variants = [
      { kind: 'kind_change', to: 'closed' },
      { kind: 'role_grant', target: rogue.id, role: 'owner' },
      { kind: 'evict', target: b.id },
    ];
    const signed = await Promise.all(
      variants.map(async (variant) => ({
        at,
        variant,
        signers: [rogue.id],
        signatures: [await rogue.sign(variant)],
      })),
    );
    const logs = { transitions: signed, member_log: signed };
    await rogue.say([
      { kind: 'network_state', network_kind: 'closed', transitions_count: 3, member_log_count: 3, roster_root: 'x' },
      { kind: 'roster_entries', entries: [], ...logs },
      ...signed.map(({ variant, signatures: [signature] }, index) => ({
        kind: 'network_state_propose',
        proposal_id: `p${index}`,
        variant,
        proposer: rogue.id,
        created_at: at,
        signature,
      })),
    ]);
    await until(() => a.network.governance().proposals.length === 3 && a.network.governance().memberLog.length === 3);
    await othersAreUnharmed();
    expect(a.network.roster.has(b.id)).toBe(true);
    expect(a.network.roster.list().every(({ role }) => role === 'member')).toBe(true);
    const newcomer = await openMember(relay);
    await bothActive(a, newcomer);
  });

  it('a deny sends away nobody but its sender', async () => {
    await rogue.say([{ kind: 'deny', reason: 'evicted' }]);
    await until(() => a.changes(rogue).at(-1) === 'gone: denied' && b.changes(rogue).at(-1) === 'gone: denied');
    await othersAreUnharmed();
  });

  it('another proof, and another name: the first ones count', async () => {
    const [other] = newIdentities(1);
    const { label, epoch } = a.sees(rogue)!;
    const hello = { kind: 'hello', protocol: 1, label: 'root', nonce: 'n', verification_code: 'abc123' };
    await rogue.say([
      { ...hello, device_id: rogue.id },
      { kind: 'auth_response', signature: 'x' },
    ]);
    await rogue.say([channel('still here')]);
    await othersAreUnharmed();
    expect(a.sees(rogue)).toMatchObject({ state: 'active', epoch, label });
    await rogue.say([{ ...hello, device_id: other!.deviceId }]);
    await until(() => a.changes(rogue).at(-1)?.startsWith('gone'));
    expect(a.sees({ id: other!.deviceId })).toBeUndefined();
  });
});

it('who acknowledges and answers nothing costs its own messages only', async () => {
  await rogue.deafen();
  const safe = a.network.channel('safe');
  const calls = Array.from({ length: 50 }, () =>
    a.network.rpc.call(rogue.id, 'm', null, { timeoutMs: 1_000 }).then(
      () => 'answered',
      (error) => error.code,
    ),
  );
  const lost = Array.from({ length: 300 }, (_, number) =>
    safe.sendReliable(rogue.id, 'x'.repeat(10_000) + number, { ttlMs: 1_000 }),
  );
  expect(await safe.sendReliable(b.id, 'to somebody else')).toEqual({ status: 'delivered' });
  const reasons = (await Promise.all(lost)).map((outcome) => 'reason' in outcome && outcome.reason);
  expect(reasons.filter((reason) => reason === 'expired')).toHaveLength(256);
  expect(reasons.filter((reason) => reason === 'outbox-full')).toHaveLength(44);
  expect(new Set(await Promise.all(calls))).toEqual(new Set(['timed-out']));
  await othersAreUnharmed();
});

it('packets that are no SCTP go nowhere', async () => {
  const endless = `1388138800000000${'00000000'}0b000000`;
  const init = `1388138800000000${'00000000'}01000018${'01'.repeat(16)}00000000`;
  await rogue.pack(['', '00', endless, init, 'ff'.repeat(1_200)], 300);
  await rogue.say([channel('after the packets')]);
  await othersAreUnharmed();
  expect(rogueIsActive()).toBe(true);
});
