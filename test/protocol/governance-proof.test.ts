import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { identityFromSeed, verifySignature } from '../../src/identity/keys.js';
import { decodeFrame } from '../../src/protocol/codec.js';
import type { FrameOf } from '../../src/protocol/frames.js';
import {
  denialText,
  entryKey,
  isSigned,
  membershipRoot,
  signedText,
  splitId,
  type Transition,
} from '../../src/protocol/governance-proof.js';

const vectors = JSON.parse(readFileSync(new URL('../fixtures/protocol/wire.json', import.meta.url), 'utf8'));

/** As it comes from the wire. */
function decoded(transitions: unknown[]): Transition[] {
  const text = JSON.stringify({ kind: 'roster_entries', entries: [], transitions });
  const result = decodeFrame(Buffer.from(text));
  if (!result.ok) throw new Error(result.error);
  return (result.frame as FrameOf<'roster_entries'>).transitions;
}
const variantOf = (variant: unknown) => decoded([{ at: 1, variant, signers: [], signatures: [] }])[0]!.variant;

describe('signed texts are those of v0.3.8', () => {
  const { network_id, cases } = vectors.transition_signed_text;
  it.each(cases as { name: string; variant_json: string; signed_text: string }[])(
    '$name',
    ({ variant_json, signed_text }) => {
      expect(signedText(network_id, variantOf(JSON.parse(variant_json)))).toBe(signed_text);
    },
  );

  it.each(vectors.governance_payloads as Record<string, string>[])('$name verifies', (vector) => {
    const { payload_utf8, payload_hex, signed_by, signature } = vector as Record<string, string>;
    expect(Buffer.from(payload_utf8!).toString('hex')).toBe(payload_hex);
    expect(verifySignature(signed_by!, payload_utf8!, signature!)).toBe(true);
  });

  it('a denial', () => {
    const { payload_utf8, signed_by, signature } = vectors.governance_deny;
    expect(denialText('fleet-demo', 'prop_0123456789abcdef', signed_by)).toBe(payload_utf8);
    expect(verifySignature(signed_by, payload_utf8, signature)).toBe(true);
  });

  it('a kind from the future is signed by nobody', () => {
    const owner = identityFromSeed(Buffer.alloc(32, 1), '');
    const variant = variantOf({ kind: 'crown', target: 'T' });
    const signatures = [owner.sign(signedText('net-1', variant))];
    expect(isSigned('net-1', { at: 1, variant, signers: [owner.deviceId], signatures })).toBe(false);
  });
});

it('membership root, split id, key of an entry', () => {
  for (const { ids, root } of vectors.membership_roots) expect(membershipRoot(ids)).toBe(root);
  const { parent, signers, id } = vectors.split_id;
  expect(splitId(parent, signers)).toBe(id);
  const [entry] = decoded([JSON.parse(vectors.member_entry_key)]);
  expect(entryKey(entry!)).toBe(vectors.member_entry_key);
});

describe('an entry is what its signers signed', () => {
  const { network_id, transitions, member_log, then_append_to_member_log } = vectors.governance_log_example;
  const log = decoded([...transitions, ...member_log, then_append_to_member_log]);

  it('as in the example log', () => {
    for (const entry of log) expect(isSigned(network_id, entry)).toBe(true);
  });

  it('and no other: another network, target, signer, count', () => {
    const entry = log[0]!;
    const owner = identityFromSeed(Buffer.alloc(32, 1), '');
    expect(isSigned('other', entry)).toBe(false);
    expect(isSigned(network_id, { ...entry, variant: { kind: 'kind_change', to: 'open' } })).toBe(false);
    expect(isSigned(network_id, { ...entry, signers: [log[1]!.signers[0]!.replace(/^./, 'a')] })).toBe(false);
    expect(isSigned(network_id, { ...entry, signers: [], signatures: [] })).toBe(false);
    expect(isSigned(network_id, { ...entry, signers: [...entry.signers, owner.deviceId] })).toBe(false);
    const many = Array.from({ length: 17 }, () => 0);
    expect(
      isSigned(network_id, {
        ...entry,
        signers: many.map(() => entry.signers[0]!),
        signatures: many.map(() => entry.signatures[0]!),
      }),
    ).toBe(false);
  });
});
