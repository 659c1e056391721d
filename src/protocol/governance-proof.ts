/** Who said what about a network's rules: the texts that upstream signs, and whether an entry is what its signers signed. */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { encodeBase32 } from '../identity/base32.js';
import { verifySignature } from '../identity/keys.js';
import type { transition, variant } from './governance.js';

export type Variant = z.output<typeof variant>;
export type Transition = z.output<typeof transition>;

const TAG = 'myownmesh-network-state-v1:';
const SPLIT_TAG = 'myownmesh-split-v1:';
/** More signers than a house has owners: a flood of them would cost a verification each. */
const MAX_SIGNERS = 16;

export function signedText(networkId: string, variant: Variant): string {
  return `${TAG}${networkId}|${variantText(variant)}`;
}

/** What a denial of a proposal signs. */
export function denialText(networkId: string, proposalId: string, signerId: string): string {
  return `${TAG}deny|${networkId}|${proposalId}|${signerId}`;
}

/** Id of the network that splits off `parent` with these signers. */
export function splitId(parent: string, signers: readonly string[]): string {
  return sha256(`${SPLIT_TAG}${parent}|${signers.toSorted(bytewise).join('|')}`);
}

/** Digest of who is rostered; labels, times and roles do not count. */
export function membershipRoot(deviceIds: readonly string[]): string {
  const ids = deviceIds.toSorted(bytewise).map((id) => `${id}|`);
  return sha256(`v1|membership${ids.join('')}`);
}

/** Two entries with the same key are the same entry. */
export function entryKey({ at, variant, signers, signatures }: Transition): string {
  return `{"at":${at},${JSON.stringify({ variant, signers, signatures }).slice(1)}`;
}

/** Did each of the named signers sign exactly this? Costs one verification for each. A kind from the future: never. */
export function isSigned(networkId: string, { variant, signers, signatures }: Transition): boolean {
  if (variant.kind === 'unknown' || signers.length === 0 || signers.length > MAX_SIGNERS) return false;
  if (signers.length !== signatures.length) return false;
  const text = signedText(networkId, variant);
  return signers.every((signer, index) => verifySignature(signer, text, signatures[index] as string));
}

function variantText(variant: Variant): string {
  switch (variant.kind) {
    case 'kind_change':
      return `kind_change|to=${variant.to}`;
    case 'role_grant':
      return `role_grant|target=${variant.target}|role=${variant.role}`;
    case 'role_revoke':
    case 'evict':
      return `${variant.kind}|target=${variant.target}`;
    case 'split':
      return `split|new_id=${variant.new_network_id}|members=${variant.members.toSorted(bytewise).join(',')}`;
    case 'topology_change':
      return `topology|${topologyText(variant.to)}`;
    case 'unknown':
      return 'unknown';
  }
}

function topologyText(topology: Extract<Variant, { kind: 'topology_change' }>['to']): string {
  switch (topology.kind) {
    case 'full_mesh':
      return 'full_mesh';
    case 'ring':
      return `ring|n=${topology.n_preferred ?? 'none'}`;
    case 'star':
      return `star|hub=${topology.hub}`;
    case 'hubs': {
      const hubs = topology.hubs.toSorted(bytewise).join(',');
      return `hubs|hubs=${hubs}|r=${topology.spoke_redundancy ?? 'none'}`;
    }
  }
}

function sha256(text: string): string {
  return encodeBase32(createHash('sha256').update(text).digest());
}

/** UTF-16 order differs from upstream's beyond U+FFFF. */
function bytewise(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
