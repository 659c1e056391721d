/** Upstream's rules of roster gossip, on virtual sweeps: what is told, asked and taken, and how much of it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { encodeBase32 } from '../../src/identity/base32.js';
import { Gossip, type GossipOptions } from '../../src/mesh/gossip.js';
import { Governance } from '../../src/mesh/governance.js';
import { memoryRoster, type Roster } from '../../src/mesh/roster.js';
import { decodeFrame } from '../../src/protocol/codec.js';
import type { Frame, FrameOf } from '../../src/protocol/frames.js';
import { membershipRoot } from '../../src/protocol/governance-proof.js';
import { runtime } from '../support/meshes.js';

/** Nobody holds the key of such a device. */
const newId = () => encodeBase32(runtime.randomBytes(32));
const [ME, PEER, OTHER, THIRD] = [newId(), newId(), newId(), newId()];
const NOW_S = 1_700_000_000;

let roster: Roster;
let sent: { to: string; frame: Frame; bytes: number }[];
let added: { deviceIds: string[]; from: string }[];
let members: string[];

beforeEach(() => {
  roster = memoryRoster(() => NOW_S * 1_000);
  sent = [];
  added = [];
  members = [PEER, OTHER];
});

function open(options: Partial<GossipOptions> = {}): Gossip {
  const governance = new Governance('net');
  return new Gossip(
    { deviceId: ME, roster, governance, networkKind: 'open', enabled: true, ...options },
    {
      send: (to, text) => {
        const result = decodeFrame(Buffer.from(text));
        if (!result.ok) throw new Error(result.error);
        sent.push({ to, frame: result.frame, bytes: Buffer.byteLength(text) });
      },
      members: () => members,
      added: (deviceIds, from) => added.push({ deviceIds, from }),
      failed: (error) => {
        throw error;
      },
    },
  );
}

const kinds = () => sent.splice(0).map(({ to, frame }) => `${frame.kind} to ${to === PEER ? 'PEER' : 'OTHER'}`);
const entry = (device_id: string, more: object = {}) => ({
  device_id,
  label: 'x',
  approved_at: 5,
  role: 'member' as const,
  granted_by: '',
  ...more,
});
const entries = (...ids: string[]): FrameOf<'roster_entries'> => ({
  kind: 'roster_entries',
  entries: ids.map((id) => entry(id)),
  transitions: [],
  member_log: [],
});
const summary = (root: string): FrameOf<'roster_summary'> => ({
  kind: 'roster_summary',
  root,
  count: 1,
  last_edit_ts: 5,
});
const state = (roster_root: string, counts: object = {}): FrameOf<'network_state'> => ({
  kind: 'network_state',
  network_kind: 'open',
  transitions_count: 0,
  member_log_count: 0,
  roster_root,
  ...counts,
});
const request: FrameOf<'roster_request'> = { kind: 'roster_request', include_all: true, subtree_hashes: [] };
const ours = () => membershipRoot(roster.list().map(({ device_id }) => device_id));

describe('what is told', () => {
  it('a new member hears roster and state at once, the others with the next sweep, each root once', async () => {
    const gossip = open();
    await roster.approve(PEER, 'peer');
    gossip.rosterChanged();
    gossip.joined(PEER);
    expect(sent[0]?.frame).toEqual({ kind: 'roster_summary', root: ours(), count: 1, last_edit_ts: NOW_S });
    expect(sent[1]?.frame).toEqual(state(ours()));
    expect(kinds()).toEqual(['roster_summary to PEER', 'network_state to PEER']);
    gossip.sweep();
    gossip.sweep();
    expect(kinds()).toEqual([]);
    await roster.approve(OTHER, 'other');
    gossip.rosterChanged();
    gossip.sweep();
    gossip.sweep();
    expect(kinds()).toEqual(['roster_summary to PEER', 'roster_summary to OTHER']);
  });

  it('a request is answered with the whole roster, as members, and no log', async () => {
    const gossip = open();
    await roster.approve(PEER, 'peer');
    gossip.heard(PEER, request);
    const { frame } = sent[0] as (typeof sent)[number];
    expect(frame).toEqual({ ...entries(), entries: [entry(PEER, { label: 'peer', approved_at: NOW_S })] });
    expect(kinds()).toEqual(['roster_entries to PEER']);
  });

  it('thousands of devices go out in frames that fit, one a sweep, and arrive complete', async () => {
    const gossip = open();
    const ids = Array.from({ length: 4_096 }, newId);
    for (const id of ids) await roster.approve(id, '"ü'.repeat(70));
    gossip.heard(PEER, request);
    gossip.heard(PEER, request);
    expect(sent).toHaveLength(1);
    for (let sweep = 0; sweep < 60; sweep += 1) gossip.sweep();
    expect(Math.max(...sent.map(({ bytes }) => bytes))).toBeLessThanOrEqual(65_535);
    const told = sent.flatMap(({ frame }) => (frame.kind === 'roster_entries' ? frame.entries : []));
    const asked = 2;
    expect(told).toHaveLength(asked * ids.length);
    expect(new Set(told.map(({ device_id }) => device_id))).toEqual(new Set(ids));
  });
});

describe('what is asked', () => {
  it('for another root or longer logs, and not for our own root', () => {
    const gossip = open();
    gossip.heard(PEER, summary(ours()));
    gossip.heard(PEER, state(ours()));
    expect(kinds()).toEqual([]);
    for (const word of [
      summary('another root'),
      state('another root'),
      state(ours(), { transitions_count: 1 }),
      state(ours(), { member_log_count: 1 }),
    ]) {
      gossip.heard(PEER, word);
      expect(sent[0]?.frame).toEqual(request);
      expect(kinds()).toEqual(['roster_request to PEER']);
      gossip.sweep();
    }
  });

  it('a flood makes us ask once a sweep, and answer once a sweep', () => {
    const gossip = open();
    for (let round = 0; round < 100; round += 1) {
      gossip.heard(PEER, summary(`root ${round}`));
      gossip.heard(PEER, request);
    }
    expect(kinds()).toEqual(['roster_request to PEER', 'roster_entries to PEER']);
    gossip.heard(OTHER, request); // one peer's flood is not another's
    expect(kinds()).toEqual(['roster_entries to OTHER']);
    // There was reason to ask and to answer again: once, since what is there may be newer than what was said.
    gossip.sweep();
    expect(kinds()).toEqual(['roster_request to PEER', 'roster_entries to PEER']);
    gossip.sweep();
    gossip.sweep();
    expect(kinds()).toEqual([]);
  });
});

describe('what is taken', () => {
  it('devices that we lack, as members from now on, whatever is claimed', () => {
    const gossip = open();
    const word = entries();
    word.entries.push(entry(THIRD, { role: 'owner', approved_at: 9_999_999_999, label: 'x'.repeat(500) }));
    gossip.heard(PEER, word);
    expect(roster.list()).toEqual([{ device_id: THIRD, label: 'x'.repeat(128), approved_at: NOW_S, role: 'member' }]);
    expect(added).toEqual([{ deviceIds: [THIRD], from: PEER }]);
    gossip.sweep();
    expect(kinds()).toEqual(['roster_summary to PEER', 'roster_summary to OTHER']);
  });

  it('never ourselves, never what is no id, and what we have stays as it is', async () => {
    const gossip = open();
    await roster.approve(OTHER, 'our name for it');
    const upper = THIRD.toUpperCase();
    gossip.heard(PEER, entries(ME, OTHER, '', 'x'.repeat(52), upper, `${THIRD}-ABCDE`, '__proto__'));
    expect(roster.list().map(({ device_id, label }) => [device_id, label])).toEqual([[OTHER, 'our name for it']]);
    expect(added).toEqual([]);
  });

  it('never one that was removed here, until it is approved again', async () => {
    const gossip = open();
    await roster.remove(THIRD);
    for (let round = 0; round < 3; round += 1) gossip.heard(round % 2 ? PEER : OTHER, entries(THIRD));
    expect(roster.has(THIRD)).toBe(false);
    await roster.approve(THIRD, '');
    expect(roster.has(THIRD)).toBe(true);
  });

  it('4,096 devices and no more', () => {
    const gossip = open();
    for (let frame = 0; frame < 11; frame += 1) gossip.heard(PEER, entries(...Array.from({ length: 400 }, newId)));
    expect(roster.list()).toHaveLength(4_096);
    expect(added.at(-1)?.deviceIds).toHaveLength(96);
    gossip.heard(PEER, entries(newId()));
    expect(roster.list()).toHaveLength(4_096);
  });
});

describe('switched off', () => {
  it('nothing is told of the roster, asked, or taken', () => {
    const gossip = open({ enabled: false });
    gossip.joined(PEER);
    gossip.rosterChanged();
    gossip.sweep();
    gossip.heard(PEER, request);
    gossip.heard(PEER, summary('another root'));
    gossip.heard(PEER, entries(THIRD));
    expect(kinds()).toEqual(['network_state to PEER']);
    expect(roster.list()).toEqual([]);
  });

  it('a silent network tells nothing, and takes what it is told', () => {
    const gossip = open({ networkKind: 'silent' });
    gossip.joined(PEER);
    gossip.heard(PEER, request);
    gossip.heard(PEER, summary('another root'));
    expect(sent[0]?.frame).toMatchObject({ network_kind: 'silent' });
    expect(kinds()).toEqual(['network_state to PEER']);
    gossip.heard(PEER, entries(THIRD));
    expect(roster.has(THIRD)).toBe(true);
  });
});
