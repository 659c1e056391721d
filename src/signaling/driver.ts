/** One way to the room: relays, or the local network. What all ways share is decided before and behind them. */

import type { Logger } from 'pino';
import type { AnyActorRef } from 'xstate';
import type { Runtime } from '../runtime.js';
import type { SignalingPorts } from './ports.js';
import type { SignalReader } from './signal-reader.js';
import type { OutgoingSignal, Signaling, SignalingFacts } from './signaling.js';

export interface DriverOptions {
  deviceId: string;
  /** Room handle, 64 hex digits. */
  room: string;
  runtime: Runtime;
  ports: SignalingPorts;
  /** A started actor whose clock and system the driver's actors share; see `SignalingOptions`. */
  parent: AnyActorRef;
  /** Shared by all drivers of a room: what comes over two of them is heard once. */
  reader: SignalReader;
  /** Guarded: none of them throws. */
  facts: SignalingFacts;
  log?: Logger | undefined;
}

export interface SignalDriver extends Omit<Signaling, 'publish'> {
  /** `content`: the signed envelope text of `message`, the same for every driver. Never throws. */
  publish(message: OutgoingSignal, content: string): void;
}
