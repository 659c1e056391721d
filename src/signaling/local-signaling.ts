/** Signaling inside one process, for tests and embedders: the same envelopes and proofs, no relay and no network. */
import type { Logger } from 'pino';
import type { Identity } from '../identity/identity.js';
import type { Runtime } from '../runtime.js';
import { SignalReader } from './signal-reader.js';
import { SignalWriter } from './signal-writer.js';
import type { OutgoingSignal, Signaling, SignalingFacts } from './signaling.js';

export const LOCAL_RELAY_URL = 'local:';

interface Member {
  /** Latest announce, which a relay would have stored. */
  presence: string | undefined;
  receive(content: string): void;
}

/** Where the members of one network meet. */
export class LocalRoom {
  readonly #members = new Set<Member>();

  /** `handle`: 64 hex digits, see `roomHandle`. */
  constructor(readonly handle: string) {}

  /** The newcomer hears who is present. */
  join(member: Member): void {
    for (const { presence } of this.#members) if (presence !== undefined) member.receive(presence);
    this.#members.add(member);
  }

  leave(member: Member): void {
    this.#members.delete(member);
  }

  /** To everybody else; envelopes say themselves whom they are for. */
  post(sender: Member, content: string): void {
    for (const member of this.#members) if (member !== sender) member.receive(content);
  }
}

export interface LocalSignalingOptions {
  identity: Identity;
  /** Boot id of this process. */
  boot: number;
  room: LocalRoom;
  /** See `SignalWriterOptions`. */
  nextSeq(): number;
  runtime: Runtime;
  facts: SignalingFacts;
  log?: Logger;
}

/** Joins at once; facts are reported from the next I/O turn on. */
export function createLocalSignaling({
  identity,
  boot,
  room,
  nextSeq,
  runtime,
  facts,
  log,
}: LocalSignalingOptions): Signaling {
  const reader = new SignalReader({ room: room.handle, deviceId: identity.deviceId });
  const writer = new SignalWriter({
    identity,
    boot,
    room: room.handle,
    nextSeq,
    randomBytes: (length) => runtime.randomBytes(length),
  });
  let open = true;

  /** Later, as from a socket: who publishes inside a handler must not find himself inside another one. */
  function later(fact: () => void): void {
    runtime.afterIoTurn(() => {
      try {
        if (open) fact();
      } catch (error) {
        log?.error({ err: error }, 'signaling handler failed');
      }
    });
  }

  const self: Member = {
    presence: undefined,
    receive: (content) =>
      later(() => {
        const message = reader.decode(content);
        const signal = message && reader.isUntampered(message) ? reader.accept(message) : undefined;
        if (signal) facts.signal(signal);
      }),
  };

  later(() => facts.relayChanged({ url: LOCAL_RELAY_URL, state: 'admitted' }, 'joined'));
  later(() => facts.relayAdmitted(LOCAL_RELAY_URL));
  room.join(self);

  return {
    publish(message: OutgoingSignal): void {
      if (!open) return;
      const content = writer.write(message);
      if (message.kind === 'announce') self.presence = content;
      if (message.kind === 'leave' && message.to === undefined) self.presence = undefined;
      room.post(self, content);
    },
    checkRelays: () => {},
    relays: () => [{ url: LOCAL_RELAY_URL, state: open ? 'admitted' : 'closed' }],
    close: async () => {
      open = false;
      room.leave(self);
    },
  };
}
