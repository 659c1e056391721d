/** Devices that are left alone for a while: who sent us away is not dialled, and who broke the protocol is not heard. */
import { tunables } from '../../machines/tunables.js';
import type { Signal } from '../signaling/signaling.js';
import type { Wait, Waits } from './waits.js';

/** As many as a network has peers; beyond that the oldest is let off. */
const DEVICES = 1_000;

/** The reasons of a peer's end that count. */
export type Offence = 'denied' | 'protocol-violation';

export class Shunned {
  readonly #waits: Waits;
  readonly #devices = new Map<string, { offence: Offence; wait: Wait<void> }>();

  constructor(waits: Waits) {
    this.#waits = waits;
  }

  add(deviceId: string, offence: Offence): void {
    this.forgive(deviceId);
    const oldest = this.#devices.keys().next().value;
    if (this.#devices.size >= DEVICES && oldest !== undefined) this.forgive(oldest);
    const wait = this.#waits.open<void>(tunables.shunMs, undefined, () => this.#devices.delete(deviceId));
    this.#devices.set(deviceId, { offence, wait });
  }

  /** Who sent us away and offers nevertheless has changed its mind. */
  ignores(deviceId: string, kind: Signal['kind']): boolean {
    const offence = this.#devices.get(deviceId)?.offence;
    return offence === 'protocol-violation' || (offence === 'denied' && kind === 'announce');
  }

  /** The time is over, or the user wants it. */
  forgive(deviceId: string): void {
    this.#devices.get(deviceId)?.wait.settle();
  }

  close(): void {
    for (const deviceId of [...this.#devices.keys()]) this.forgive(deviceId);
  }
}
