/** All kinds of faults, by the names that the command line takes. */
import type { PlanFault } from './fault.js';
import * as nets from './nets.js';
import * as processes from './processes.js';
import * as relays from './relays.js';

export const FAULTS = {
  freeze: processes.freeze,
  'both-frozen': processes.bothFrozen,
  'mass-freeze': processes.massFreeze,
  suspend: processes.suspend,
  starved: processes.starved,
  crash: processes.crash,
  restart: processes.restart,
  'clock-step': processes.clockStep,
  partition: nets.partition,
  'one-way': nets.oneWay,
  loss: nets.loss,
  latency: nets.latency,
  duplication: nets.duplication,
  'address-change': nets.addressChange,
  'nat-lost': nets.natLost,
  'relay-restart': relays.relayRestart,
  'relay-flap': relays.relayFlap,
  stranger: relays.stranger,
} as const satisfies Record<string, PlanFault>;

export type FaultKind = keyof typeof FAULTS;
export const FAULT_KINDS = Object.keys(FAULTS) as FaultKind[];
