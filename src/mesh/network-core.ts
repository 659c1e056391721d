/** What the peers of one network share, and what they report to it. */
import type { Identity } from '../identity/identity.js';
import type { Link, LinkFacts } from '../link/link.js';
import type { CapabilityAdvert, Frame } from '../protocol/frames.js';
import type { Routed } from '../protocol/routed.js';
import type { Runtime } from '../runtime.js';
import type { SignalingPorts } from '../signaling/ports.js';
import type { OutgoingSignal } from '../signaling/signaling.js';
import type { MeshEvent } from './api.js';
import type { BuildGates } from './build-gate.js';
import type { Roster } from './roster.js';

export interface NetworkCore {
  readonly networkId: string;
  readonly identity: Identity;
  readonly boot: number;
  readonly appVersion: string;
  readonly runtime: Runtime;
  readonly ports: SignalingPorts;
  readonly roster: Roster;
  readonly gates: BuildGates;
  createLink(facts: LinkFacts): Link;
  newNegotiation(): string;
  publish(message: OutgoingSignal): void;
  /** What we say about ourselves now; another object when it has changed. */
  capabilities(): CapabilityAdvert;
  mayAdmit(deviceId: string): boolean;
  isPinned(deviceId: string): boolean;
  /** The peer became active: it is rostered, so that its next session needs no approval. */
  admitted(deviceId: string, label: string): void;
  received(from: string, frame: Frame | Routed): void;
  /** Frames go out to this peer, or go out again. */
  writable(deviceId: string): void;
  tell(event: MeshEvent): void;
  failed(what: string, error: unknown, deviceId?: string): void;
}
