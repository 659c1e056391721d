/** Frames on their way to one relay, in the order in which they go; when each goes is the outflow machine's decision. */
import { type AnyActorRef, createActor } from 'xstate';
import { outflowMachine } from '../../machines/outflow.js';
import { relayTunables } from '../../machines/tunables.js';

export class Outflow {
  readonly #frames: string[] = [];
  /** Wait for everything else: one that is late costs a path, an offer that is late costs the session. */
  readonly #candidates: string[] = [];
  readonly #actor: AnyActorRef;

  constructor(parent: AnyActorRef, id: string, write: (frame: string) => void) {
    const writeNext = () => {
      const frame = this.#frames.shift() ?? this.#candidates.shift();
      if (frame !== undefined) write(frame);
    };
    const machine = outflowMachine.provide({ actions: { writeNext } });
    this.#actor = createActor(machine, { parent, id, systemId: id });
    this.#actor.start();
  }

  send(frame: string, isCandidate: boolean): void {
    const lane = isCandidate ? this.#candidates : this.#frames;
    if (lane.length >= relayTunables.frameLane) lane.shift();
    lane.push(frame);
    this.#actor.send({ type: 'FRAME' });
  }

  /** What still waits is not sent. */
  stop(): void {
    this.#frames.length = 0;
    this.#candidates.length = 0;
    this.#actor.send({ type: 'CLOSE' });
  }
}
