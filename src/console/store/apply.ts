/** One message of the daemon, taken into what the console knows. */
import type { InspectMessage } from '../../inspect/messages.js';
import { droppedCount } from '../../inspect/messages.js';
import { applyActor, applyDelays, applyEvent, applySnapshot, applyStep } from './actors.js';
import { pushBounded } from './bounded.js';
import { applyMark, applyMesh, applyPeer, applyRelay } from './networks.js';
import { type ConsoleState, LIMITS } from './state.js';

export function apply(state: ConsoleState, message: InspectMessage): void {
  const atMs = timeOf(message) ?? state.atMs;
  state.atMs = Math.max(state.atMs, atMs);
  switch (message.type) {
    case '@xstate.actor':
      return applyActor(state, message);
    case '@xstate.snapshot':
      return applySnapshot(state, message);
    case '@xstate.event': {
      const dropped = droppedCount(message);
      if (dropped === undefined) return applyEvent(state, message, atMs);
      state.dropped += dropped;
      return;
    }
    case 'wakemesh.mesh':
      return applyMesh(state, message);
    case 'wakemesh.peer':
      return applyPeer(state, message);
    case 'wakemesh.relay':
      return applyRelay(state, message);
    case 'wakemesh.step':
      return applyStep(state, message);
    case 'wakemesh.delays':
      return applyDelays(state, message);
    case 'wakemesh.mark':
      return applyMark(state, message);
    case 'wakemesh.log':
      return pushBounded(state.log, message, LIMITS.log);
    case 'wakemesh.playback':
      state.playback = message;
      return;
    case 'wakemesh.answer':
      return; // whoever asked has it
  }
}

function timeOf(message: InspectMessage): number | undefined {
  switch (message.type) {
    case '@xstate.actor':
    case '@xstate.snapshot':
    case '@xstate.event':
      return Number(message.createdAt) || undefined;
    case 'wakemesh.answer':
    case 'wakemesh.playback': // when it is played, not when it happened
      return undefined;
    default:
      return message.atMs;
  }
}
