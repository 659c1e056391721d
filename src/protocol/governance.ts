/** Shapes of upstream's signed governance logs: decoded and validated, not acted upon. */
import { z } from 'zod';
import { openUnion, option, u32, unixSeconds } from './fields.js';

export const networkKind = z.enum(['open', 'closed', 'silent']);
export const role = z.enum(['member', 'controller', 'owner']);

const topology = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('full_mesh') }),
  z.object({ kind: z.literal('ring'), n_preferred: option(u32) }),
  z.object({ kind: z.literal('star'), hub: z.string() }),
  z.object({ kind: z.literal('hubs'), hubs: z.array(z.string()), spoke_redundancy: option(u32) }),
]);

export const variant = openUnion([
  z.object({ kind: z.literal('kind_change'), to: networkKind }),
  z.object({ kind: z.literal('role_grant'), target: z.string(), role }),
  z.object({ kind: z.literal('role_revoke'), target: z.string() }),
  z.object({ kind: z.literal('evict'), target: z.string() }),
  z.object({ kind: z.literal('split'), new_network_id: z.string(), members: z.array(z.string()) }),
  z.object({ kind: z.literal('topology_change'), to: topology }),
]).open;

export const transition = z.object({
  at: unixSeconds,
  variant,
  signers: z.array(z.string()),
  signatures: z.array(z.string()),
});
