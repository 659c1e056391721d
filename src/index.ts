export type { Identity } from './identity/identity.js';
export { generateIdentity } from './identity/keys.js';
export * from './mesh/api.js';
export type { GovernanceView, Proposal } from './mesh/governance.js';
export { Mesh } from './mesh/mesh.js';
export { memoryRoster, type Role, type Roster, type RosterEntry } from './mesh/roster.js';
export * from './mesh/rpc-api.js';
