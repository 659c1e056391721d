/** What a fault is: something that goes wrong for a while, to somebody, and what it can have done harm to. */
import type { Device } from '../device.js';
import type { Conditions, Disturbance, Host } from '../net.js';
import type { Rng } from '../rng.js';
import type { Trouble } from '../truth.js';
import type { World } from '../world.js';

export interface Fault {
  /** Whom it hits and how hard, for the timeline. */
  readonly text: string;
  readonly durationMs: number;
  /** Devices that it has in its hands: no other fault may stop or start them meanwhile. */
  readonly hit: readonly Device[];
  /** Whose links it may harm. A fault that harms no link leaves every link as it is. */
  readonly trouble: Trouble;
  begin(): void | Promise<void>;
  end(): void | Promise<void>;
}

export interface FaultSite {
  world: World;
  rng: Rng;
  /** Devices that no other fault has in its hands; at least one. */
  free: readonly Device[];
  /** How long a fault may last at most. */
  maxMs: number;
}

export type PlanFault = (site: FaultSite) => Fault;

export const seconds = (ms: number) => `${Math.round(ms / 100) / 10} s`;

/** Short ones are as likely as long ones: 2..4 s, 4..8 s, … */
export function duration({ rng, maxMs }: FaultSite, fromMs: number, toMs: number): number {
  const bound = Math.max(fromMs, Math.min(toMs, maxMs));
  return Math.round(fromMs * (bound / fromMs) ** rng.next());
}

export function harming(kind: string, hit: readonly Device[]): Trouble {
  const indices = new Set(hit.map(({ index }) => index));
  return { kind, touches: (a, b) => indices.has(a) || indices.has(b) };
}

export const harmingNobody = (kind: string): Trouble => ({ kind, touches: () => false });
export const harmingAll = (kind: string): Trouble => ({ kind, touches: () => true });

export const names = (devices: readonly Device[]) => devices.map(({ name }) => name).join(' ');

/** On every way out of or into one of these hosts. */
export function around(hit: readonly Host[], worsen: (conditions: Conditions) => void): Disturbance {
  const hosts = new Set<Host>(hit);
  return { affects: (from, to) => hosts.has(from) || hosts.has(to), worsen };
}

/** A fault of the net that lasts. */
export function netFault(
  world: World,
  {
    text,
    durationMs,
    trouble,
    disturbance,
  }: Pick<Fault, 'text' | 'durationMs' | 'trouble'> & { disturbance: Disturbance },
): Fault {
  return {
    text,
    durationMs,
    hit: [],
    trouble,
    begin: () => world.net.disturb(disturbance),
    end: () => world.net.restore(disturbance),
  };
}
