/** The peer machine on virtual time with a host that writes down what it is asked to do. */
import { createActor, fromPromise } from 'xstate';
import { peerMachine } from '../../machines/peer.js';
import type { PeerContext, PeerEvent, PeerInput } from '../../machines/peer-events.js';
import { tunables as t } from '../../machines/tunables.js';
import { VirtualClock } from '../support/virtual-clock.js';

export const BOOT = 100;

export const announced = (boot: number | null = null, reflection = false): PeerEvent => ({
  type: 'ANNOUNCED',
  boot,
  reflection,
});
export const offer = (names: 'current' | 'candidate' | 'none', boot: number | null = null, key = 7): PeerEvent => ({
  type: 'OFFER',
  names,
  boot,
  key,
});
export const left = (boot: number | null = null): PeerEvent => ({ type: 'LEFT', boot });

type FactType = Extract<PeerEvent, { epoch: number }>['type'];
export const FACTS: readonly FactType[] = [
  'OPENED',
  'CLOSED',
  'CONSENT_LOST',
  'PATH_ALIVE',
  'FRAME',
  'PONG',
  'AUTHENTICATED',
  'AUTH_FAILED',
  'THEY_APPROVED',
  'APPROVE_SENT',
  'DENIED',
  'RESTART_ANSWERED',
  'RESTART_REFUSED',
];

/** A fact of the session `epoch`; `more` overrides what such a fact carries besides. */
export const fact = (type: FactType, epoch: number, more: object = {}): PeerEvent =>
  ({ type, epoch, reason: 'test', rttMs: 20, boot: BOOT, signs: true, admit: true, ...more }) as PeerEvent;

/** Never ends by itself: the test says when the sockets have been read. */
export const endlessTurn = fromPromise<void>(() => new Promise(() => {}));

const SLICE_MS = 50;

export class PeerDriver {
  readonly clock = new VirtualClock();
  readonly #done: string[] = [];
  readonly #actor;
  #tickDueMs = t.sweepMs;

  constructor(input: Partial<PeerInput> = {}) {
    const say = (words: (context: PeerContext, params: { epoch: number; key: number }) => string) => {
      return ({ context }: { context: PeerContext }, params: unknown) => {
        this.#done.push(words(context, params as { epoch: number; key: number }));
      };
    };
    const machine = peerMachine.provide({
      actors: { ioTurn: endlessTurn },
      actions: {
        openAsOfferer: say(({ epoch }) => `offer ${epoch}`),
        openAsAnswerer: say(({ epoch }, { key }) => `answer ${epoch} to ${key}`),
        openCandidateAsOfferer: say(({ candidate }) => `offer ${candidate} beside`),
        openCandidateAsAnswerer: say(({ candidate }, { key }) => `answer ${candidate} to ${key} beside`),
        closeSession: (_, { epoch }) => {
          if (epoch !== 0) this.#done.push(`close ${epoch}`);
        },
        sendHello: say((_, { epoch }) => `hello ${epoch}`),
        sendApprove: say(() => 'approve'),
        ping: say(() => 'ping'),
        probe: say(() => 'probe'),
        restart: say(() => 'restart'),
        acceptRestart: say((_, { key }) => `accept ${key}`),
        seek: say(() => 'seek'),
        reflect: (_, { fresh }) => void this.#done.push(fresh ? 'reflect at once' : 'reflect'),
        reportRecovered: (_, { via }) => void this.#done.push(`recovered by ${via}`),
      },
    });
    this.#actor = createActor(machine, {
      clock: this.clock,
      input: { id: 'peer', offersFirst: true, lastEpoch: 0, ...input },
    });
    this.#actor.start();
  }

  get context(): PeerContext {
    return this.#actor.getSnapshot().context;
  }

  /** Like 'active.steady' or 'gone'. */
  get state(): string {
    const { value } = this.#actor.getSnapshot();
    return typeof value === 'string' ? value : Object.entries(value)[0]!.join('.');
  }

  get ended(): boolean {
    return this.#actor.getSnapshot().status === 'done';
  }

  send(...events: PeerEvent[]): this {
    for (const event of events) this.#actor.send(event);
    return this;
  }

  /** The sockets have been read. */
  ioTurn(): this {
    for (const id of Object.keys(this.#actor.getSnapshot().children)) {
      this.#actor.send({ type: `xstate.done.actor.${id}`, actorId: id, output: undefined } as never);
    }
    return this;
  }

  /** Sweeps in which nothing (or with `silent` false something) was heard, without any timer. */
  ticks(count: number, silent = true): this {
    for (let tick = 0; tick < count; tick += 1) this.#actor.send({ type: 'TICK', silent });
    return this;
  }

  /** Time passes in silence, with its sweeps, timers and I/O turns. */
  pass(ms: number): this {
    for (const endMs = this.clock.now() + ms; this.clock.now() < endMs; ) {
      this.clock.advance(Math.min(SLICE_MS, endMs - this.clock.now()));
      this.ioTurn();
      if (this.clock.now() < this.#tickDueMs) continue;
      this.#tickDueMs += t.sweepMs;
      this.ticks(1);
    }
    return this;
  }

  /** Time passes in silence until `state`; throws when it does not come within `boundMs`. Returns how long it took. */
  until(state: string, boundMs: number): number {
    const startMs = this.clock.now();
    while (this.state !== state) {
      if (this.clock.now() - startMs >= boundMs) throw new Error(`${this.state}, not ${state}, after ${boundMs} ms`);
      this.pass(SLICE_MS);
    }
    return this.clock.now() - startMs;
  }

  /** What the host was asked since the last call. */
  done(): string[] {
    return this.#done.splice(0);
  }
}

/** Active, by our own dial. `boot` is what the peer's hello named, `signs` whether its signaling is signed. */
export function activePeer({
  boot = BOOT,
  signs = true,
  ...input
}: Partial<PeerInput & { boot: number; signs: boolean }> = {}) {
  const peer = new PeerDriver(input);
  const epoch = (input.lastEpoch ?? 0) + 1;
  peer.send(
    { type: 'DIAL' },
    fact('OPENED', epoch),
    fact('AUTHENTICATED', epoch, { boot, signs }),
    fact('APPROVE_SENT', epoch),
    fact('THEY_APPROVED', epoch),
  );
  peer.done();
  return peer;
}

/** Stale, after silence alone. */
export function stalePeer(options: Parameters<typeof activePeer>[0] = {}) {
  const peer = activePeer(options);
  peer.until('stale.probing', 12_000);
  peer.done();
  return peer;
}
