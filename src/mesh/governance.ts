/**
 * What peers say about the rules of the network: proposals, votes and signed logs. This version runs open networks, in
 * which nobody has a say over others: what is genuine is kept for people to see, and nothing is done about it.
 */
import { verifySignature } from '../identity/keys.js';
import type { FrameOf } from '../protocol/frames.js';
import {
  denialText,
  entryKey,
  isSigned,
  signedText,
  type Transition,
  type Variant,
} from '../protocol/governance-proof.js';

/** Beyond these the oldest proposal goes, and no entry is taken: a member must not fill our memory. */
const PROPOSALS = 64;
const LOG_ENTRIES = 1_024;
/** Signatures of one peer that are checked per sweep. Each costs about 0.1 ms in which no other link is served. */
const CHECKS_PER_SWEEP = 64;

export interface Proposal {
  id: string;
  /** Bare id of the device that made it. */
  proposer: string;
  /** Unix seconds, as its proposer says. */
  createdAt: number;
  variant: Variant;
  /** Those who signed it, the proposer first. */
  signers: string[];
  signatures: string[];
}

/** An entry of a log. `at`: Unix seconds, as whoever wrote it says. */
export type LogEntry = Transition & { at: number };

/** Genuine, and without effect. */
export interface GovernanceView {
  proposals: Proposal[];
  transitions: LogEntry[];
  memberLog: LogEntry[];
}

type Word = FrameOf<'network_state_propose' | 'network_state_ack' | 'network_state_split'>;

export class Governance {
  readonly #networkId: string;
  readonly #proposals = new Map<string, Proposal>();
  readonly #transitions = new Map<string, LogEntry>();
  readonly #memberLog = new Map<string, LogEntry>();
  /** By peer, since the last sweep. */
  readonly #checks = new Map<string, number>();

  constructor(networkId: string) {
    this.#networkId = networkId;
  }

  get view(): GovernanceView {
    return {
      proposals: [...this.#proposals.values()],
      transitions: [...this.#transitions.values()],
      memberLog: [...this.#memberLog.values()],
    };
  }

  /** Does the peer hold entries that we have not seen? */
  lacks({ transitions_count, member_log_count }: FrameOf<'network_state'>): boolean {
    return transitions_count > this.#transitions.size || member_log_count > this.#memberLog.size;
  }

  sweep(): void {
    this.#checks.clear();
  }

  /** Everybody speaks for himself only. */
  said(from: string, word: Word): void {
    switch (word.kind) {
      case 'network_state_propose':
        if (word.proposer === from) this.#proposed(from, word);
        return;
      case 'network_state_ack':
        if (word.signer === from) this.#voted(from, word);
        return;
      case 'network_state_split': // a network of its own, which nobody here joins on a peer's word
    }
  }

  logs(from: string, transitions: readonly Transition[], memberLog: readonly Transition[]): void {
    for (const entry of transitions) this.#keep(from, this.#transitions, entry);
    for (const entry of memberLog) this.#keep(from, this.#memberLog, entry);
  }

  #proposed(from: string, { proposal_id: id, variant, created_at, signature }: FrameOf<'network_state_propose'>): void {
    if (this.#proposals.has(id) || !this.#mayCheck(from, 1)) return;
    if (!isSigned(this.#networkId, { at: created_at, variant, signers: [from], signatures: [signature] })) return;
    const oldest = this.#proposals.keys().next().value;
    if (this.#proposals.size >= PROPOSALS && oldest !== undefined) this.#proposals.delete(oldest);
    const signed = { signers: [from], signatures: [signature] };
    this.#proposals.set(id, { id, proposer: from, createdAt: Number(created_at), variant, ...signed });
  }

  #voted(from: string, { proposal_id: id, decision, signature }: FrameOf<'network_state_ack'>): void {
    const proposal = this.#proposals.get(id);
    if (!proposal || proposal.signers.includes(from) || !this.#mayCheck(from, 1)) return;
    const denies = decision === 'deny';
    const text = denies ? denialText(this.#networkId, id, from) : signedText(this.#networkId, proposal.variant);
    if (!verifySignature(from, text, signature)) return;
    if (denies) {
      this.#proposals.delete(id);
    } else {
      proposal.signers.push(from);
      proposal.signatures.push(signature);
    }
  }

  #keep(from: string, log: Map<string, LogEntry>, entry: Transition): void {
    const key = entryKey(entry);
    if (log.size >= LOG_ENTRIES || log.has(key) || !this.#mayCheck(from, entry.signers.length)) return;
    if (isSigned(this.#networkId, entry)) log.set(key, { ...entry, at: Number(entry.at) });
  }

  #mayCheck(from: string, signatures: number): boolean {
    const checks = (this.#checks.get(from) ?? 0) + signatures;
    if (checks > CHECKS_PER_SWEEP) return false;
    this.#checks.set(from, checks);
    return true;
  }
}
