/** The signaling of one network: every message is written and signed once, and goes out and comes in by several ways. */
import type { Logger } from 'pino';
import type { AnyActorRef } from 'xstate';
import type { Identity } from '../identity/identity.js';
import type { Runtime } from '../runtime.js';
import type { DriverOptions, SignalDriver } from './driver.js';
import { LanDriver } from './lan/lan-driver.js';
import { NostrDriver } from './nostr-driver.js';
import { realPorts, type SignalingPorts } from './ports.js';
import { SignalReader } from './signal-reader.js';
import { SignalWriter } from './signal-writer.js';
import type { Signaling, SignalingFacts } from './signaling.js';

export interface SignalingOptions {
  identity: Identity;
  /** Boot id of this process. */
  boot: number;
  /** Room handle, 64 hex digits. */
  room: string;
  /** One counter for all networks of this process, see `SignalWriterOptions`. */
  nextSeq(): number;
  /** `ws://` or `wss://` addresses, all of which are kept connected. */
  relays: readonly string[];
  /** Asked as well while none of `relays` has admitted us for 21 s, and left when one does. */
  fallbackRelays?: readonly string[];
  /** Be seen and heard on the local network (mDNS) too; `loopbackOnly`: by this machine alone. Default: no. */
  lan?: { loopbackOnly: boolean };
  runtime: Runtime;
  /** Default: real sockets and signatures. */
  ports?: SignalingPorts;
  /**
   * A started actor whose clock and system the signaling actors share. Each of them sends it `xstate.done.actor.<id>`
   * when it has closed, and would send `xstate.error.actor.<id>`: it must have a (possibly empty) transition for both.
   * Call `close` before it stops, since adopted actors are in nobody's `children`.
   */
  parent: AnyActorRef;
  facts: SignalingFacts;
  log?: Logger;
}

/** Dials at once. The first facts (`dialing`) are reported before this returns. Never throws. */
export function createSignaling(options: SignalingOptions): Signaling {
  const { identity, boot, room, nextSeq, runtime, parent, log, ports = realPorts } = options;
  const randomBytes = (length: number) => runtime.randomBytes(length);
  const writer = new SignalWriter({ identity, boot, room, nextSeq, randomBytes });
  const reader = new SignalReader({ room, deviceId: identity.deviceId, verify: ports.verify });
  const common: DriverOptions = {
    deviceId: identity.deviceId,
    room,
    runtime,
    ports,
    parent,
    reader,
    facts: guarded(options.facts, log),
    log,
  };
  const drivers: SignalDriver[] = [];
  if (options.relays.length > 0) {
    drivers.push(new NostrDriver({ ...common, relays: options.relays, fallbackRelays: options.fallbackRelays ?? [] }));
  }
  if (options.lan) drivers.push(new LanDriver({ ...common, ...options.lan }));
  let open = true;

  return {
    publish(message): void {
      if (!open) return;
      const content = writer.write(message);
      for (const driver of drivers) driver.publish(message, content);
    },
    checkRelays: () => {
      for (const driver of drivers) driver.checkRelays();
    },
    relays: () => drivers.flatMap((driver) => driver.relays()),
    close: async () => {
      open = false;
      await Promise.all(drivers.map((driver) => driver.close()));
    },
  };
}

/** Facts go to code that is not ours; its faults must not kill an actor. */
function guarded(facts: SignalingFacts, log: Logger | undefined): SignalingFacts {
  const guard =
    <Args extends unknown[]>(fact: (...args: Args) => void) =>
    (...args: Args): void => {
      try {
        fact(...args);
      } catch (error) {
        log?.error({ err: error }, 'signaling handler failed');
      }
    };
  return {
    signal: guard((signal) => facts.signal(signal)),
    relayAdmitted: guard((url) => facts.relayAdmitted(url)),
    relayAnswered: guard(() => facts.relayAnswered()),
    relayChanged: guard((status, reason) => facts.relayChanged(status, reason)),
  };
}
