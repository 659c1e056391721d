/** Every row of every table, on the shipped charts or on mutants of them. */
import { nodeMachine } from '../../../machines/node.js';
import { peerMachine } from '../../../machines/peer.js';
import { relayMachine } from '../../../machines/relay.js';
import * as nodeAddresses from './node-addresses.js';
import * as nodeAttention from './node-attention.js';
import * as nodePace from './node-pace.js';
import { nodeSubject } from './node-words.js';
import * as peerActive from './peer-active-words.js';
import * as peerAuthenticating from './peer-authenticating.js';
import * as peerBeside from './peer-beside.js';
import * as peerDialing from './peer-dialing.js';
import * as peerHandshaking from './peer-handshaking.js';
import * as peerRebuilding from './peer-rebuilding.js';
import * as peerRenewing from './peer-renewing.js';
import * as peerShape from './peer-shape.js';
import * as peerSighted from './peer-sighted.js';
import * as peerStale from './peer-stale.js';
import * as peerStaleFacts from './peer-stale-facts.js';
import * as peerStaleWords from './peer-stale-words.js';
import * as peerSteady from './peer-steady.js';
import * as peerUpstream from './peer-upstream.js';
import * as peerUpstreamRepair from './peer-upstream-repair.js';
import * as peerVerifying from './peer-verifying.js';
import { peerSubject } from './peer-words.js';
import * as relayConnecting from './relay-connecting.js';
import * as relayReplacing from './relay-replacing.js';
import * as relayServing from './relay-serving.js';
import { relaySubject } from './relay-words.js';
import { expected, type Outcome, outcome } from './row.js';

export interface Charts {
  nodeMachine: typeof nodeMachine;
  peerMachine: typeof peerMachine;
  relayMachine: typeof relayMachine;
}

export interface Check {
  /** Table and rule. */
  name: string;
  expected: Outcome;
  outcome(): Promise<Outcome>;
}

const PEER = {
  peerSighted,
  peerDialing,
  peerAuthenticating,
  peerHandshaking,
  peerSteady,
  peerActive,
  peerVerifying,
  peerUpstream,
  peerUpstreamRepair,
  peerBeside,
  peerStale,
  peerStaleWords,
  peerStaleFacts,
  peerRebuilding,
  peerRenewing,
  peerShape,
};

/** The rows of some tables, with the name of the list that each is in. */
const rowsOf = <R extends { rule: string }>(tables: Record<string, Record<string, R[]>>) =>
  Object.values(tables).flatMap((table) =>
    Object.entries(table).flatMap(([list, rows]) => rows.map((row) => ({ list, row }))),
  );

export function allChecks(charts: Charts = { nodeMachine, peerMachine, relayMachine }): Check[] {
  return [
    ...rowsOf(PEER).map(({ list, row }) => ({
      name: `peer ${list}: ${row.rule}`,
      expected: expected(row),
      outcome: () => outcome(row, peerSubject(row, { chart: charts.peerMachine })),
    })),
    ...rowsOf({ relayConnecting, relayServing, relayReplacing }).map(({ list, row }) => ({
      name: `relay ${list}: ${row.rule}`,
      expected: expected(row),
      outcome: () => outcome(row, relaySubject(charts.relayMachine)),
    })),
    ...rowsOf({ nodeAttention, nodePace, nodeAddresses }).map(({ list, row }) => ({
      name: `node ${list}: ${row.rule}`,
      expected: expected(row),
      outcome: () => outcome(row, nodeSubject(charts.nodeMachine)),
    })),
  ];
}
