/** The actors of one network under observation: what xstate tells of them goes to the viewers. */
import type { AnyActorRef, AnyEventObject, AnyTransitionDefinition, InspectionEvent } from 'xstate';
import type { Network } from '../mesh/api.js';
import type { Broadcast } from './broadcast.js';
import type { Delays } from './delays.js';
import type { Marks } from './marks.js';
import { stepMessages } from './steps.js';
import { actorMessage, eventMessage, type LooseSnapshot, snapshotMessage, snapshotOf } from './wire.js';

const PEER = 'peer:';

export interface SystemWatchOptions {
  network: Network;
  /** The node's actor. */
  root: AnyActorRef;
  out: Broadcast;
  marks: Marks;
  delays: Delays;
  nowMs(): number;
}

export class SystemWatch {
  readonly network: Network;
  readonly root: AnyActorRef;
  readonly #options: SystemWatchOptions;
  readonly #end: () => void;

  constructor(options: SystemWatchOptions) {
    this.#options = options;
    this.network = options.network;
    this.root = options.root;
    const inspection = this.root.system.inspect((event) => this.#observe(event));
    // Nobody's child: an action of its own that throws shows in no inspection event.
    const errors = this.root.subscribe({ error: () => this.#tellSnapshot(this.root, { type: 'xstate.error' }) });
    this.#end = () => {
      inspection.unsubscribe();
      errors.unsubscribe();
    };
  }

  close(): void {
    this.#end();
  }

  /** Every actor of the system that lives: adopted ones are in nobody's `children`, invoked ones have no system id. */
  living(): Set<AnyActorRef> {
    const living = new Set<AnyActorRef>();
    const visit = (actor: AnyActorRef | undefined) => {
      if (!actor || living.has(actor)) return;
      const { status, children } = snapshotOf(actor);
      if (status !== 'active' && actor !== this.root) return;
      living.add(actor);
      for (const child of Object.values(children ?? {})) visit(child);
    };
    visit(this.root);
    for (const actor of Object.values(this.root.system.getAll())) visit(actor as AnyActorRef);
    return living;
  }

  peerActor(deviceId: string): AnyActorRef | undefined {
    return this.root.system.get(PEER + deviceId);
  }

  #observe(inspected: InspectionEvent): void {
    const actor = inspected.actorRef as AnyActorRef;
    try {
      this.#forward(inspected, actor);
    } catch {
      this.#options.out.lose(actor);
    }
  }

  #forward(inspected: InspectionEvent, actor: AnyActorRef): void {
    const { out } = this.#options;
    const nowMs = this.#options.nowMs();
    switch (inspected.type) {
      case '@xstate.actor':
        return out.introduce(actor, () => actorMessage(actor, nowMs));
      case '@xstate.event':
        return this.#forwardEvent(inspected.event, actor, inspected.sourceRef as AnyActorRef | undefined, nowMs);
      case '@xstate.snapshot':
        return this.#forwardSnapshot(actor, inspected.event, inspected.snapshot as LooseSnapshot, nowMs);
      case '@xstate.microstep':
        return this.#forwardSteps(actor, inspected._transitions, nowMs);
      case '@xstate.action':
        return this.#mark(actor, inspected.action.type, nowMs);
    }
  }

  #forwardEvent(event: AnyEventObject, actor: AnyActorRef, source: AnyActorRef | undefined, nowMs: number): void {
    this.#options.out.tellOf(actor, () => eventMessage(actor, event, source, nowMs));
    this.#mark(actor, event.type, nowMs);
    // A thrown action makes no snapshot of the actor that failed: its parent hears of it.
    if (source && event.type.startsWith('xstate.error.actor.')) this.#tellSnapshot(source, event);
  }

  #forwardSnapshot(actor: AnyActorRef, event: AnyEventObject, snapshot: LooseSnapshot, nowMs: number): void {
    const isMachine = snapshot.value !== undefined;
    if (isMachine) this.#options.delays.touch(actor, nowMs);
    this.#tellSnapshot(actor, event, snapshot);
  }

  #forwardSteps(actor: AnyActorRef, taken: AnyTransitionDefinition[], nowMs: number): void {
    for (const step of stepMessages(actor, taken, nowMs)) this.#options.out.tellOf(actor, () => step);
  }

  #tellSnapshot(actor: AnyActorRef, event: AnyEventObject, snapshot = snapshotOf(actor)): void {
    const { out, nowMs } = this.#options;
    out.tellOf(actor, () => snapshotMessage(actor, event, snapshot, nowMs()));
    if (snapshot.status !== 'active') for (const audience of out.audiences) audience.forget(actor);
  }

  #mark(actor: AnyActorRef, what: string, nowMs: number): void {
    const { marks } = this.#options;
    if (actor === this.root) {
      if (what === 'CLOCKS') marks.clocksRead(this.network.id, nowMs);
    } else if (actor.id.startsWith(PEER)) {
      marks.peerDid(this.network.id, actor.id.slice(PEER.length), what, nowMs);
    }
  }
}
