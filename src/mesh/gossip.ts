/**
 * Who is rostered spreads from member to member of an open network: whoever one of them admits, all admit. By upstream's
 * rules, and within bounds: a peer may add devices, never change or remove one, nor bring back one that was removed here.
 */
import { isDeviceId } from '../identity/keys.js';
import { MAX_MESSAGE_BYTES } from '../link/link.js';
import { encodeFrame } from '../protocol/codec.js';
import type { FrameOf } from '../protocol/frames.js';
import { membershipRoot } from '../protocol/governance-proof.js';
import { clipLabel } from '../protocol/handshake.js';
import type { Governance } from './governance.js';
import type { Roster, RosterEntry } from './roster.js';

/** What gossip adds at most: with more devices rostered it adds none. */
const ROSTERED = 4_096;
/** Room for the frame around the entries. */
const ENTRIES_BYTES = MAX_MESSAGE_BYTES - 256;

export interface GossipOptions {
  /** This device: it stands in no roster of its own. */
  deviceId: string;
  roster: Roster;
  governance: Governance;
  networkKind: 'open' | 'silent';
  /** `false`: nothing is told of the roster, and nothing taken into it. */
  enabled: boolean;
}

export interface GossipHost {
  /** Loss is no harm: the next summary makes up for it. */
  send(deviceId: string, frame: string): void;
  /** Peers that are active. */
  members(): string[];
  /** These devices are rostered now, because `from` said so. */
  added(deviceIds: string[], from: string): void;
  failed(error: unknown): void;
}

type Entry = FrameOf<'roster_entries'>['entries'][number];
type Word = FrameOf<'network_state' | 'roster_summary' | 'roster_request' | 'roster_entries'>;

export class Gossip {
  readonly #options: GossipOptions;
  readonly #host: GossipHost;
  /** Null when the roster has changed. A digest of thousands of ids is not made for each frame of a flood. */
  #root: string | null = null;
  /** Root that each member was told last. */
  readonly #told = new Map<string, string>();
  /** Asked since the last sweep; `again`: there was reason to ask once more. A flood of summaries makes us ask once. */
  readonly #asked = new Map<string, { again: boolean }>();
  /** Answered since the last sweep, with what is left to send: one frame a sweep. */
  readonly #answers = new Map<string, { frames: string[]; again: boolean }>();

  constructor(options: GossipOptions, host: GossipHost) {
    this.#options = options;
    this.#host = host;
  }

  rosterChanged(): void {
    this.#root = null;
  }

  /** A peer has become active. */
  joined(deviceId: string): void {
    const root = this.#currentRoot();
    this.#tell(deviceId, root);
    const { networkKind } = this.#options;
    // No logs are counted: those that we keep are not ours to vouch for.
    const counts = { transitions_count: 0, member_log_count: 0 };
    const state = encodeFrame({ kind: 'network_state', network_kind: networkKind, ...counts, roster_root: root });
    this.#host.send(deviceId, state);
  }

  heard(from: string, word: Word): void {
    const { governance } = this.#options;
    switch (word.kind) {
      case 'network_state':
        if (word.roster_root !== this.#currentRoot() || governance.lacks(word)) this.#ask(from);
        return;
      case 'roster_summary':
        if (word.root !== this.#currentRoot()) this.#ask(from);
        return;
      case 'roster_request':
        return this.#answer(from);
      case 'roster_entries':
        governance.logs(from, word.transitions, word.member_log);
        return this.#merge(from, word.entries);
    }
  }

  /** Goes on with long answers, and tells the members what has changed. */
  sweep(): void {
    const members = new Set(this.#host.members());
    for (const [deviceId, { again }] of [...this.#asked]) {
      this.#asked.delete(deviceId);
      if (again && members.has(deviceId)) this.#ask(deviceId);
    }
    for (const [deviceId, { frames, again }] of [...this.#answers]) {
      const next = members.has(deviceId) ? frames.shift() : undefined;
      if (next !== undefined) {
        this.#host.send(deviceId, next);
      } else {
        this.#answers.delete(deviceId);
        if (again && members.has(deviceId)) this.#answer(deviceId);
      }
    }
    for (const deviceId of this.#told.keys()) if (!members.has(deviceId)) this.#told.delete(deviceId);
    if (this.#root !== null) return; // all of them know it
    const root = this.#currentRoot();
    for (const deviceId of members) this.#tell(deviceId, root);
  }

  get #spreads(): boolean {
    return this.#options.enabled && this.#options.networkKind === 'open';
  }

  #currentRoot(): string {
    this.#root ??= membershipRoot(this.#options.roster.list().map(({ device_id }) => device_id));
    return this.#root;
  }

  #tell(deviceId: string, root: string): void {
    if (!this.#spreads || this.#told.get(deviceId) === root) return;
    this.#told.set(deviceId, root);
    const entries = this.#options.roster.list();
    const last_edit_ts = entries.reduce((latest, { approved_at }) => Math.max(latest, approved_at), 0);
    this.#host.send(deviceId, encodeFrame({ kind: 'roster_summary', root, count: entries.length, last_edit_ts }));
  }

  #ask(from: string): void {
    if (!this.#spreads) return;
    const asked = this.#asked.get(from);
    if (asked) {
      asked.again = true;
      return;
    }
    this.#asked.set(from, { again: false });
    this.#host.send(from, encodeFrame({ kind: 'roster_request', include_all: true, subtree_hashes: [] }));
  }

  #answer(to: string): void {
    if (!this.#spreads) return;
    const answered = this.#answers.get(to);
    if (answered) {
      answered.again = true; // the roster may have changed since
      return;
    }
    const [first, ...frames] = inFrames(this.#options.roster.list());
    this.#host.send(to, first!);
    this.#answers.set(to, { frames, again: false });
  }

  #merge(from: string, entries: FrameOf<'roster_entries'>['entries']): void {
    const { deviceId, roster, enabled } = this.#options;
    if (!enabled) return;
    const room = ROSTERED - roster.list().length;
    const added: string[] = [];
    for (const { device_id: id, label } of entries) {
      if (added.length >= room) break;
      if (id === deviceId || roster.has(id) || roster.wasRemoved(id) || !isDeviceId(id)) continue;
      // Role and time are its teller's claim: here it is a member from now on.
      roster.approve(id, clipLabel(label)).catch((error) => this.#host.failed(error));
      added.push(id);
    }
    if (added.length === 0) return;
    this.rosterChanged();
    this.#host.added(added, from);
  }
}

/** As many frames as it takes, at least one: upstream adds up what it gets. */
function inFrames(roster: RosterEntry[]): string[] {
  const frames: Entry[][] = [[]];
  let bytes = 0;
  for (const { device_id, label, approved_at } of roster) {
    const entry: Entry = { device_id, label: clipLabel(label), approved_at, role: 'member', granted_by: '' };
    const size = Buffer.byteLength(JSON.stringify(entry)) + 1;
    if (bytes + size > ENTRIES_BYTES) {
      frames.push([]);
      bytes = 0;
    }
    frames.at(-1)?.push(entry);
    bytes += size;
  }
  return frames.map((entries) => encodeFrame({ kind: 'roster_entries', entries, transitions: [], member_log: [] }));
}
