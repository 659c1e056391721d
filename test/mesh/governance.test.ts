/** Proposals, votes and logs of members: what is genuine is kept, within bounds, and what is not is dropped. */
import { describe, expect, it } from 'vitest';
import { identityFromSeed } from '../../src/identity/keys.js';
import { Governance } from '../../src/mesh/governance.js';
import type { FrameOf } from '../../src/protocol/frames.js';
import { denialText, signedText, type Transition, type Variant } from '../../src/protocol/governance-proof.js';

const NET = 'fleet-demo';
const [alice, bob, eve] = [1, 2, 3].map((byte) => identityFromSeed(Buffer.alloc(32, byte), '')) as [
  ReturnType<typeof identityFromSeed>,
  ReturnType<typeof identityFromSeed>,
  ReturnType<typeof identityFromSeed>,
];
const CLOSE: Variant = { kind: 'kind_change', to: 'closed' };
const CROWN_EVE: Variant = { kind: 'role_grant', target: eve.deviceId, role: 'owner' };

function proposal(id: string, by = alice, variant = CLOSE, signer = by): FrameOf<'network_state_propose'> {
  const signature = signer.sign(signedText(NET, variant));
  return { kind: 'network_state_propose', proposal_id: id, variant, proposer: by.deviceId, created_at: 7, signature };
}
function vote(id: string, by = bob, decision: 'sign' | 'deny' = 'sign', signer = by): FrameOf<'network_state_ack'> {
  const text = decision === 'sign' ? signedText(NET, CLOSE) : denialText(NET, id, by.deviceId);
  return {
    kind: 'network_state_ack',
    proposal_id: id,
    signer: by.deviceId,
    decision,
    at: 8,
    signature: signer.sign(text),
  };
}
function entry(at: number, variant: Variant = CROWN_EVE, by = alice): Transition {
  return { at, variant, signers: [by.deviceId], signatures: [by.sign(signedText(NET, variant))] };
}

describe('proposals', () => {
  it('of the peer itself, signed by it, are kept, and so are the votes of others', () => {
    const governance = new Governance(NET);
    governance.said(alice.deviceId, proposal('p1'));
    governance.said(bob.deviceId, vote('p1'));
    governance.said(bob.deviceId, vote('p1'));
    expect(governance.view.proposals).toMatchObject([
      { id: 'p1', proposer: alice.deviceId, createdAt: 7, variant: CLOSE, signers: [alice.deviceId, bob.deviceId] },
    ]);
  });

  it('in the name of somebody else, or signed by somebody else, are dropped', () => {
    const governance = new Governance(NET);
    governance.said(eve.deviceId, proposal('p1'));
    governance.said(alice.deviceId, proposal('p2', alice, CLOSE, eve));
    governance.said(alice.deviceId, { ...proposal('p3'), variant: CROWN_EVE });
    governance.said(alice.deviceId, proposal('p4', alice, { kind: 'unknown' }));
    expect(governance.view.proposals).toEqual([]);
    governance.said(alice.deviceId, proposal('p5'));
    governance.said(eve.deviceId, vote('p5'));
    governance.said(bob.deviceId, vote('p5', bob, 'sign', eve));
    governance.said(bob.deviceId, vote('p5', bob, 'deny', eve));
    governance.said(bob.deviceId, vote('nosuch'));
    expect(governance.view.proposals).toMatchObject([{ id: 'p5', signers: [alice.deviceId] }]);
  });

  it('that somebody denies are gone', () => {
    const governance = new Governance(NET);
    governance.said(alice.deviceId, proposal('p1'));
    governance.said(bob.deviceId, vote('p1', bob, 'deny'));
    expect(governance.view.proposals).toEqual([]);
  });

  it('64 are kept; a flood of them is checked at its own pace', () => {
    const governance = new Governance(NET);
    for (let number = 0; number < 200; number += 1) governance.said(alice.deviceId, proposal(`a${number}`));
    expect(governance.view.proposals).toHaveLength(64);
    expect(governance.view.proposals.at(-1)?.id).toBe('a63');
    governance.said(bob.deviceId, proposal('b0', bob)); // another peer is not held up by it
    expect(governance.view.proposals.at(-1)?.id).toBe('b0');
    expect(governance.view.proposals).toHaveLength(64);
    governance.sweep();
    governance.said(alice.deviceId, proposal('a200'));
    expect(governance.view.proposals.at(-1)?.id).toBe('a200');
  });
});

describe('logs', () => {
  it('genuine entries are kept once, in either log', () => {
    const governance = new Governance(NET);
    const [first, second] = [entry(1), entry(2, { kind: 'evict', target: bob.deviceId })];
    governance.logs(eve.deviceId, [first], [second, second]);
    governance.logs(bob.deviceId, [first], []);
    expect(governance.view).toEqual({ proposals: [], transitions: [first], memberLog: [second] });
    const counts = { transitions_count: 1, member_log_count: 1 };
    const state = { kind: 'network_state' as const, network_kind: 'open' as const, roster_root: 'x', ...counts };
    expect(governance.lacks(state)).toBe(false);
    expect(governance.lacks({ ...state, transitions_count: 2 })).toBe(true);
  });

  it('whose time is beyond reason are kept as what they are', () => {
    const governance = new Governance(NET);
    const beyond = { ...entry(1), at: 2n ** 64n - 1n };
    governance.logs(eve.deviceId, [beyond, { ...beyond, at: 2n ** 64n - 2n }], []);
    expect(governance.view.transitions.map(({ at }) => at)).toEqual([2 ** 64, 2 ** 64]);
    expect(JSON.parse(JSON.stringify(governance.view))).toEqual(governance.view);
  });

  it('forged ones are dropped', () => {
    const governance = new Governance(NET);
    const genuine = entry(1);
    governance.logs(
      eve.deviceId,
      [
        { ...genuine, variant: CLOSE },
        { ...genuine, signers: [bob.deviceId] },
        { ...genuine, signers: [], signatures: [] },
        { ...genuine, signers: [alice.deviceId, bob.deviceId] },
      ],
      [],
    );
    expect(governance.view.transitions).toEqual([]);
  });

  it('of any length cost no more than 64 checks a sweep, and no more memory than 1,024 entries', () => {
    const governance = new Governance(NET);
    const long = Array.from({ length: 1_100 }, (_, at) => entry(at));
    governance.logs(eve.deviceId, long, []);
    expect(governance.view.transitions).toHaveLength(64);
    for (let sweep = 0; sweep < 20; sweep += 1) {
      governance.sweep();
      governance.logs(eve.deviceId, long, []);
    }
    expect(governance.view.transitions).toHaveLength(1_024);
  });
});
