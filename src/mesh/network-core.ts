/** What the peers of one network share, and what they report to it. */
import type { Logger } from 'pino';
import type { Identity } from '../identity/identity.js';
import type { Link, LinkFacts } from '../link/link.js';
import type { CapabilityAdvert } from '../protocol/frames.js';
import type { Runtime } from '../runtime.js';
import type { SignalingPorts } from '../signaling/ports.js';
import type { OutgoingSignal } from '../signaling/signaling.js';
import type { MeshEvent } from './api.js';
import type { Application } from './application.js';
import type { BuildGates } from './build-gate.js';
import type { Membership } from './membership.js';
import type { PathAdvice } from './path-advice.js';
import type { Roster } from './roster.js';

export interface NetworkCore {
  readonly networkId: string;
  readonly identity: Identity;
  readonly boot: number;
  readonly room: string;
  readonly appVersion: string;
  readonly runtime: Runtime;
  readonly log: Logger;
  readonly ports: SignalingPorts;
  readonly roster: Roster;
  readonly gates: BuildGates;
  readonly membership: Membership;
  readonly application: Application;
  readonly advice: PathAdvice;
  createLink(facts: LinkFacts): Link;
  newNegotiation(): string;
  publish(message: OutgoingSignal): void;
  /** What we say about ourselves now; another object when it has changed. */
  capabilities(): CapabilityAdvert;
  isPinned(deviceId: string): boolean;
  tell(event: MeshEvent): void;
  failed(what: string, error: unknown, deviceId?: string): void;
}
