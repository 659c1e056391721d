/** Who is admitted to a network without asking. The daemon keeps it in a file, an embedder may bring its own. */
export type Role = 'member' | 'controller' | 'owner';

export interface RosterEntry {
  /** Bare device id, 52 characters. */
  device_id: string;
  label: string;
  /** Unix seconds. */
  approved_at: number;
  role: Role;
}

export interface Roster {
  list(): RosterEntry[];
  has(deviceId: string): boolean;
  /** Adds the device, or updates the label of an entry. Resolves when the change is durable. */
  approve(deviceId: string, label: string): Promise<void>;
  remove(deviceId: string): Promise<void>;
  /** Was it removed here, and not approved since? What other members say does not bring it back. */
  wasRemoved(deviceId: string): boolean;
}

/** As many as gossip could bring back. */
const REMOVED = 4_096;

/** Devices that were removed by hand; beyond its bound the oldest removal is forgotten. */
export class RemovedDevices extends Set<string> {
  override add(deviceId: string): this {
    const oldest = this.values().next().value;
    if (this.size >= REMOVED && oldest !== undefined) this.delete(oldest);
    return super.add(deviceId);
  }
}

/** A roster that lives as long as the process. `nowMs` is the wall clock. */
export function memoryRoster(nowMs: () => number): Roster {
  const entries = new Map<string, RosterEntry>();
  const removed = new RemovedDevices();
  return {
    list: () => [...entries.values()],
    has: (deviceId) => entries.has(deviceId),
    async approve(deviceId, label) {
      removed.delete(deviceId);
      const known = entries.get(deviceId);
      const approved_at = known?.approved_at ?? Math.floor(nowMs() / 1000);
      entries.set(deviceId, { device_id: deviceId, label, approved_at, role: known?.role ?? 'member' });
    },
    async remove(deviceId) {
      entries.delete(deviceId);
      removed.add(deviceId);
    },
    wasRemoved: (deviceId) => removed.has(deviceId),
  };
}
