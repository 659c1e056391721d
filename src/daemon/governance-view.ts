/** Upstream's picture of a network's rules. What members have said is shown as pending or logged; none of it is in force. */
import type { JoinedNetwork } from './network-view.js';

const STATE_VERSION = 2;

export function governanceView({ config, network }: JoinedNetwork): object {
  const { proposals, transitions, memberLog } = network.governance();
  const pending = proposals.map(({ id, proposer, createdAt, variant, signers, signatures }) => ({
    id,
    proposer,
    created_at: createdAt,
    variant,
    signers,
    signatures,
    deniers: [],
    split_spawned: false,
  }));
  return {
    state: {
      version: STATE_VERSION,
      network_id: network.id,
      kind: config.kind,
      roles: {},
      transitions,
      member_log: memberLog,
      pending,
      splits: [],
      topology: null,
    },
    evicted: [],
  };
}
