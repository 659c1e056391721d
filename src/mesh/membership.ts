/** Who belongs to the network: the roster, what members say about it, and what they say about the rules. */
import type { Frame } from '../protocol/frames.js';
import type { MeshEvent } from './api.js';
import { Gossip } from './gossip.js';
import { Governance, type GovernanceView } from './governance.js';
import type { Roster } from './roster.js';

export interface MembershipOptions {
  /** This device. */
  deviceId: string;
  networkId: string;
  roster: Roster;
  autoApprove: boolean;
  silent: boolean;
  gossip: boolean;
}

export interface MembershipHost {
  /** To a peer that is active. Loss is no harm. */
  send(deviceId: string, frame: string): void;
  /** Peers that are active. */
  members(): string[];
  /** The device is rostered now: its waiting session is admitted. */
  admit(deviceId: string): void;
  /** Rostered on the word of another member. */
  rostered(deviceIds: string[], by: string): void;
  failed(error: unknown): void;
}

export class Membership {
  readonly #roster: Roster;
  readonly #autoApprove: boolean;
  readonly #host: MembershipHost;
  readonly #governance: Governance;
  readonly #gossip: Gossip;

  constructor(options: MembershipOptions, host: MembershipHost) {
    const { deviceId, networkId, roster, autoApprove, silent, gossip } = options;
    this.#roster = roster;
    this.#autoApprove = autoApprove;
    this.#host = host;
    this.#governance = new Governance(networkId);
    const networkKind = silent ? 'silent' : 'open';
    this.#gossip = new Gossip(
      { deviceId, roster, governance: this.#governance, networkKind, enabled: gossip },
      {
        ...host,
        added: (deviceIds, by) => {
          for (const added of deviceIds) host.admit(added);
          host.rostered(deviceIds, by);
        },
      },
    );
  }

  get governance(): GovernanceView {
    return this.#governance.view;
  }

  mayAdmit(deviceId: string): boolean {
    return this.#autoApprove || this.#roster.has(deviceId);
  }

  /** The peer is active: its next session needs no approval. */
  admitted(deviceId: string, label: string): void {
    if (!this.#roster.has(deviceId)) this.approve(deviceId, label).catch((error) => this.#host.failed(error));
  }

  async approve(deviceId: string, label: string): Promise<void> {
    const durable = this.#roster.approve(deviceId, label);
    this.#gossip.rosterChanged();
    await durable;
  }

  async remove(deviceId: string): Promise<void> {
    const durable = this.#roster.remove(deviceId);
    this.#gossip.rosterChanged();
    await durable;
  }

  received(from: string, frame: Frame): void {
    switch (frame.kind) {
      case 'network_state':
      case 'roster_summary':
      case 'roster_request':
      case 'roster_entries':
        return this.#gossip.heard(from, frame);
      case 'network_state_propose':
      case 'network_state_ack':
      case 'network_state_split':
        return this.#governance.said(from, frame);
      case 'deny': // may carry the logs that say why
        return this.#governance.logs(from, frame.transitions ?? [], frame.member_log ?? []);
    }
  }

  peerChanged({ peer, from, to }: Extract<MeshEvent, { type: 'peer' }>): void {
    if (from === 'handshaking' && to === 'active') this.#gossip.joined(peer.deviceId);
  }

  sweep(): void {
    this.#governance.sweep();
    this.#gossip.sweep();
  }
}
