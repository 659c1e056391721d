/** What the local network has told us: which device is reachable where. It ages in ticks of one second. */
import { lanTunables } from '../../../machines/tunables.js';
import { isDeviceId } from '../../identity/keys.js';
import { MARK_KEY } from './mark.js';
import { SERVICE, VERSION } from './names.js';
import { OTHER_TTL, type PresenceRecord } from './packets.js';

/** Anybody on the network can make up instances and addresses. */
const MAX_INSTANCES = 1_000;
const MAX_ADDRESSES = 8;
/** A record is asked for again at this part of its life, and at each twentieth after it (RFC 6762). */
const REFRESH_FROM = 0.8;
const REFRESH_STEP = 0.05;

export interface Endpoint {
  address: string;
  port: number;
}

export interface NeighboursOptions {
  room: string;
  deviceId: string;
  /** Our own instance name, of which others tell us too. */
  self: string;
  /** A device has appeared, is reachable elsewhere, or says something new: the mark is another. */
  found(deviceId: string, mark: string | undefined): void;
  /** It said goodbye. One that falls silent is only forgotten: silence is no departure. */
  left(deviceId: string, mark: string | undefined): void;
}

interface Instance {
  /** Undefined: not known yet. Null: of another room, or nobody we can use. */
  peer: string | null | undefined;
  mark: string | undefined;
  port: number;
  /** Empty: not known yet. */
  host: string;
  /** Tick at which each address is forgotten. */
  addresses: Map<string, number>;
  /** Tick at which port and host are forgotten, and their life in ticks. */
  endsAt: number;
  life: number;
  refreshAt: number;
  /** Tick of the last word of its existence, for the questions of others. */
  namedAt: number;
  /** Tick of the first word, while it is incomplete. */
  since: number;
  /** What was last told of it. */
  told: string;
}

export class Neighbours {
  readonly #options: NeighboursOptions;
  readonly #instances = new Map<string, Instance>();
  #now = 0;

  constructor(options: NeighboursOptions) {
    this.#options = options;
  }

  devices(): string[] {
    return [...new Set([...this.#instances.values()].flatMap((instance) => (instance.told ? [instance.peer!] : [])))];
  }

  /** Newest first. */
  endpoints(deviceId: string): Endpoint[] {
    return [...this.#instances.values()]
      .filter(({ peer }) => peer === deviceId)
      .sort((a, b) => b.endsAt - a.endsAt)
      .flatMap(({ addresses, port }) => [...addresses.keys()].map((address) => ({ address, port })));
  }

  /** What need not be told again, with the rest of its life in seconds. */
  known(): { instance: string; ttl: number }[] {
    return [...this.#instances]
      .map(([instance, { namedAt }]) => ({ instance, ttl: OTHER_TTL - (this.#now - namedAt) }))
      .filter(({ ttl }) => ttl >= OTHER_TTL / 2);
  }

  /** The records of one packet. */
  heard(records: readonly PresenceRecord[]): void {
    for (const record of records) if (record.type === 'TXT' && record.ttl === 0) this.#farewell(record);
    for (const record of records) if (record.type !== 'A') this.#hearOfInstance(record);
    for (const record of records) if (record.type === 'A') this.#hearOfHost(record);
    for (const instance of this.#instances.values()) this.#tell(instance);
  }

  /** One second has passed. Returns what must be asked for. */
  tick(): { instance: string; host: string | undefined }[] {
    this.#now += 1;
    const questions: { instance: string; host: string | undefined }[] = [];
    for (const [name, instance] of this.#instances) {
      for (const [address, endsAt] of instance.addresses) if (endsAt <= this.#now) instance.addresses.delete(address);
      const isWanted = instance.told === '' ? this.#isDueWhileIncomplete(instance) : this.#isDueForRefresh(instance);
      if (isWanted) questions.push({ instance: name, host: instance.host || undefined });
      if (this.#isOver(instance)) this.#instances.delete(name);
    }
    return questions;
  }

  resurface(): void {
    for (const deviceId of this.devices()) this.#options.found(deviceId, undefined);
  }

  #hearOfInstance(record: Exclude<PresenceRecord, { type: 'A' }>): void {
    const { instance: name, ttl } = record;
    if (name === this.#options.self || !name.endsWith(`.${SERVICE}`)) return;
    if (ttl === 0) {
      if (record.type !== 'TXT') this.#forget(name, undefined);
      return;
    }
    const instance = this.#instances.get(name) ?? this.#add(name);
    if (!instance) return;
    if (record.type === 'PTR') instance.namedAt = this.#now;
    if (record.type === 'TXT') {
      instance.peer = this.#peerOf(record.text);
      instance.mark = record.text.get(MARK_KEY);
    }
    if (record.type === 'SRV') {
      // The same device, started anew: it does not listen at its old addresses any more.
      if (record.port !== instance.port || record.host !== instance.host) instance.addresses.clear();
      instance.port = record.port;
      instance.host = record.host;
      instance.life = Math.min(ttl, OTHER_TTL);
      instance.endsAt = this.#now + instance.life;
      instance.refreshAt = this.#now + Math.ceil(instance.life * REFRESH_FROM);
    }
  }

  #hearOfHost({ host, address, ttl }: Extract<PresenceRecord, { type: 'A' }>): void {
    for (const instance of this.#instances.values()) {
      if (instance.host !== host) continue;
      if (ttl === 0) instance.addresses.delete(address);
      else if (instance.addresses.has(address) || instance.addresses.size < MAX_ADDRESSES) {
        instance.addresses.set(address, this.#now + Math.min(ttl, OTHER_TTL));
      }
    }
  }

  #add(name: string): Instance | undefined {
    if (this.#instances.size >= MAX_INSTANCES && !this.#makeRoom()) return undefined;
    const instance: Instance = {
      peer: undefined,
      mark: undefined,
      port: 0,
      host: '',
      addresses: new Map(),
      endsAt: 0,
      life: 0,
      refreshAt: 0,
      namedAt: this.#now,
      since: this.#now,
      told: '',
    };
    this.#instances.set(name, instance);
    return instance;
  }

  /** What never became a neighbour gives way, the oldest first. */
  #makeRoom(): boolean {
    for (const [name, { told }] of this.#instances) if (told === '') return this.#instances.delete(name);
    return false;
  }

  #peerOf(text: ReadonlyMap<string, string>): string | null {
    const peer = text.get('peer') ?? '';
    const isOurs = text.get('v') === String(VERSION) && text.get('room') === this.#options.room;
    return isOurs && isDeviceId(peer) && peer !== this.#options.deviceId ? peer : null;
  }

  #tell(instance: Instance): void {
    const { peer, mark, port, addresses } = instance;
    if (!peer || port === 0 || addresses.size === 0) return;
    const now = [peer, mark, port, ...[...addresses.keys()].sort()].join();
    if (now === instance.told) return;
    instance.told = now;
    this.#options.found(peer, mark);
  }

  /** The text of a goodbye may be signed: it goes before the other records, which only say that it is one. */
  #farewell({ instance, text }: Extract<PresenceRecord, { type: 'TXT' }>): void {
    if (this.#instances.get(instance)?.peer === this.#peerOf(text)) this.#forget(instance, text.get(MARK_KEY));
  }

  #forget(name: string, mark: string | undefined): void {
    const instance = this.#instances.get(name);
    if (!instance) return;
    this.#instances.delete(name);
    if (instance.told !== '' && !this.devices().includes(instance.peer!)) this.#options.left(instance.peer!, mark);
  }

  #isDueWhileIncomplete({ since, peer }: Instance): boolean {
    return peer !== null && lanTunables.incompleteTicks.includes(this.#now - since);
  }

  #isDueForRefresh(instance: Instance): boolean {
    if (this.#now < instance.refreshAt) return false;
    instance.refreshAt += Math.max(1, Math.floor(instance.life * REFRESH_STEP));
    return true;
  }

  #isOver({ told, since, endsAt, peer }: Instance): boolean {
    if (told !== '') return endsAt <= this.#now;
    // One of another room is remembered for a while, so that it is not asked for again and again.
    const lastTick = peer === null ? OTHER_TTL / 2 : lanTunables.incompleteTicks.at(-1)!;
    return this.#now - since >= lastTick;
  }
}
