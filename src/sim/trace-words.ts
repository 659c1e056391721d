/** What a device tells of its mesh, as a line of the trace. */
import type { MeshEvent } from '../mesh/api.js';

/** Null: nothing that a reader of a timeline needs. */
export function wordsOf(event: MeshEvent, nameOf: (id: string) => string): string | null {
  switch (event.type) {
    case 'peer':
      return `${nameOf(event.peer.deviceId)} ${event.peer.detail} (${event.reason}) epoch ${event.peer.epoch}`;
    case 'recovered':
      return `${nameOf(event.peer.deviceId)} recovered by ${event.via} after ${Math.round(event.ms)} ms`;
    case 'woke':
      return `woke, ${event.kind} for ${Math.round(event.pausedMs)} ms`;
    case 'announced':
      return `announced: ${event.reason}`;
    case 'relay':
      return `relay ${new URL(event.relay.url).hostname} ${event.relay.state} (${event.reason})`;
    default:
      return null;
  }
}
