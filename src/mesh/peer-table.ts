/** The peers of one network by device id: bounded, since anybody who knows the room can announce devices that do not exist. */
import type { AnyActorRef } from 'xstate';
import type { peerMachine } from '../../machines/peer.js';
import type { Shaping } from '../../machines/peer-events.js';
import { isDeviceId } from '../identity/keys.js';
import { adopt } from './actors.js';
import type { NetworkCore } from './network-core.js';
import { PeerHost } from './peer-host.js';

export const MAX_PEERS = 1_000;

export interface PeerTableOptions {
  core: NetworkCore;
  /** Bound to this network, and shared by its peers. */
  machine: typeof peerMachine;
  parent: AnyActorRef;
  shapeOf(deviceId: string): Shaping;
  /** The peer's actor failed. */
  broke(deviceId: string, error: unknown): void;
}

export class PeerTable {
  readonly #options: PeerTableOptions;
  readonly #peers = new Map<string, PeerHost>();
  #lastEpoch = 0;

  constructor(options: PeerTableOptions) {
    this.#options = options;
  }

  get(deviceId: string): PeerHost | undefined {
    return this.#peers.get(deviceId);
  }

  /** A copy: peers come and go while one goes through them. */
  all(): PeerHost[] {
    return [...this.#peers.values()];
  }

  idsOf(fits: (peer: PeerHost) => boolean): string[] {
    return this.all()
      .filter(fits)
      .map(({ id }) => id);
  }

  /** The peer, made when it is not known yet. `asked`: the user named it. `undefined`: no device, ourselves, or no room. */
  take(deviceId: string, asked = false): PeerHost | undefined {
    const known = this.#peers.get(deviceId);
    const { core, machine, parent, shapeOf } = this.#options;
    if (known || !isDeviceId(deviceId) || deviceId === core.identity.deviceId) return known;
    const matters = asked || core.roster.has(deviceId);
    if (this.#peers.size >= MAX_PEERS && !(matters && this.#makeRoom())) return undefined;
    const actor = adopt(machine, {
      parent,
      id: `peer:${deviceId}`,
      input: {
        id: deviceId,
        offersFirst: core.identity.deviceId < deviceId,
        known: core.roster.has(deviceId),
        lastEpoch: this.#lastEpoch,
        ...shapeOf(deviceId),
      },
      ended: (error) => this.#ended(deviceId, error),
    });
    const host = new PeerHost(deviceId, actor, core);
    this.#peers.set(deviceId, host);
    actor.start();
    return host;
  }

  /** A device that matters takes the place of one that was only ever sighted; another stranger waits. */
  #makeRoom(): boolean {
    const victim = this.all().find((peer) => peer.isMereSight && !this.#options.core.roster.has(peer.id));
    victim?.send({ type: 'CLOSE' });
    return victim !== undefined;
  }

  #ended(deviceId: string, error?: unknown): void {
    const host = this.#peers.get(deviceId);
    if (!host) return;
    if (error !== undefined) this.#options.broke(deviceId, error);
    this.#lastEpoch = Math.max(this.#lastEpoch, host.context.lastEpoch);
    this.#peers.delete(deviceId);
    host.dispose();
  }
}
