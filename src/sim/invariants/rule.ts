/** What must always hold. Rules compare what devices believe with what is really so. */
import type { Device } from '../device.js';
import type { Observer, World } from '../world.js';

export interface Violation {
  /** `I1`…`I28`, as in docs/testing.md. */
  rule: string;
  atMs: number;
  text: string;
}

export type Report = (rule: string, text: string) => void;
export type NewRule = (world: World, report: Report) => Observer;

/** One value for each pair of device and believed peer, forgotten when the device gets another process. */
export class PerPeer<T> {
  readonly #values = new Map<Device, { boot: number; ofPeers: Map<string, T> }>();

  get(device: Device, peerId: string): T | undefined {
    return this.#ofPeers(device).get(peerId);
  }

  set(device: Device, peerId: string, value: T): void {
    this.#ofPeers(device).set(peerId, value);
  }

  delete(device: Device, peerId: string): void {
    this.#ofPeers(device).delete(peerId);
  }

  #ofPeers(device: Device): Map<string, T> {
    const { boot } = device;
    const known = this.#values.get(device);
    if (known?.boot === boot) return known.ofPeers;
    const ofPeers = new Map<string, T>();
    this.#values.set(device, { boot, ofPeers });
    return ofPeers;
  }
}
