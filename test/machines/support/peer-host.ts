/** The peer machine on virtual time, with a host that writes down what it is asked to do. */
import { createActor, fromPromise, type InspectionEvent } from 'xstate';
import { peerMachine } from '../../../machines/peer.js';
import type { PeerContext, PeerEvent, Shaping } from '../../../machines/peer-events.js';
import { VirtualClock } from '../../../src/sim/virtual-clock.js';

export interface PeerUnderTest {
  clock: VirtualClock;
  context(): PeerContext;
  /** `active.steady`, `stale.probing`, … or `gone`. */
  state(): string;
  /** The actor has come to its end. */
  ended(): boolean;
  send(...events: PeerEvent[]): void;
  ticks(count: number, silent?: boolean): void;
  /** Lets the I/O turn that a judgement waits for pass. */
  turn(): Promise<void>;
  /** Effects asked for since the last call. */
  done(): string[];
  stop(): void;
}

export interface PeerOptions {
  offersFirst?: boolean;
  signs?: boolean;
  /** Rostered. */
  known?: boolean;
  /** False: the I/O turn that a judgement waits for never passes. */
  turns?: boolean;
  /** What the shape of the network wants at first; default: everything. */
  shaping?: Shaping;
  inspect?: (event: InspectionEvent) => void;
  /** Another build of the chart, for instance a mutant. */
  chart?: typeof peerMachine;
}

export function startPeer({
  offersFirst = true,
  known,
  turns = true,
  shaping = { dials: true, keeps: true },
  inspect = () => {},
  chart = peerMachine,
}: PeerOptions = {}): PeerUnderTest {
  const clock = new VirtualClock();
  const done: string[] = [];
  const note = (effect: string) => void done.push(effect);
  const machine = chart.provide({
    actors: { ioTurn: fromPromise<void>(() => new Promise((resolve) => turns && resolve())) },
    actions: {
      openAsOfferer: ({ context }) => note(`offer ${context.epoch}`),
      openAsAnswerer: ({ context }, { key }) => note(`answer ${context.epoch} key ${key}`),
      openCandidateAsOfferer: ({ context }) => note(`offer beside ${context.candidate}`),
      openCandidateAsAnswerer: ({ context }, { key }) => note(`answer beside ${context.candidate} key ${key}`),
      closeSession: (_, { epoch }) => epoch > 0 && note(`close ${epoch}`),
      sendHello: (_, { epoch }) => note(`hello ${epoch}`),
      sendApprove: ({ context }) => note(`approve ${context.epoch}`),
      ping: () => note('ping'),
      probe: () => note('probe'),
      restart: () => note('restart'),
      acceptRestart: (_, { key }) => note(`accept restart key ${key}`),
      leave: () => note('leave'),
      seek: () => note('seek'),
      reflect: (_, { fresh }) => note(fresh ? 'reflect fresh' : 'reflect'),
      sendShelving: (_, { shelved }) => note(shelved ? 'shelve' : 'unshelve'),
      reportRecovered: (_, { via }) => note(`recovered by ${via}`),
    },
  });
  const actor = createActor(machine, {
    clock,
    inspect,
    input: { id: 'peer', offersFirst, lastEpoch: 0, ...(known !== undefined && { known }), ...shaping },
  });
  actor.start();
  const peer: PeerUnderTest = {
    clock,
    context: () => actor.getSnapshot().context,
    state: () => dotted(actor.getSnapshot().value),
    ended: () => actor.getSnapshot().status === 'done',
    send: (...events) => {
      for (const event of events) actor.send(event);
    },
    ticks: (count, silent = true) => {
      for (let i = 0; i < count; i += 1) actor.send({ type: 'TICK', silent });
    },
    turn: async () => {
      for (let i = 0; i < 5; i += 1) await Promise.resolve();
    },
    done: () => done.splice(0),
    stop: () => actor.stop(),
  };
  return peer;
}

function dotted(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[state, inner]] = Object.entries(value as Record<string, unknown>) as [[string, unknown]];
  return `${state}.${dotted(inner)}`;
}

export const BOOT = 1_000;

/** A peer that signs, Active in session 1. */
export function activePeer(options: PeerOptions = {}): PeerUnderTest {
  const { signs = true } = options;
  const peer = startPeer(options);
  peer.send({ type: 'OFFER', boot: signs ? BOOT : null, key: 1, names: 'none' });
  peer.send({ type: 'OPENED', epoch: 1 });
  peer.send({ type: 'AUTHENTICATED', epoch: 1, boot: signs ? BOOT : 0, signs, admit: true });
  peer.send({ type: 'APPROVE_SENT', epoch: 1 }, { type: 'THEY_APPROVED', epoch: 1 });
  peer.done();
  return peer;
}

/** The same, silent until it went stale. */
export async function stalePeer(options: PeerOptions = {}): Promise<PeerUnderTest> {
  const peer = activePeer(options);
  peer.ticks(9);
  await peer.turn();
  peer.done();
  return peer;
}
