/** What upstream's clients act on among its diagnoses: a change of the network, and the advice to add a TURN server. */
import type { MeshEvent } from '../mesh/api.js';

/** `ts`: wall clock, milliseconds since 1970. */
export function diagnoses(event: MeshEvent, ts: number): object[] {
  const told = (level: string, category: string, message: string, detail: object) => [
    { event_kind: 'diag', ts, network_id: event.network, level, category, message, detail },
  ];
  switch (event.type) {
    case 'network-changed': {
      const { addresses } = event;
      const message = addresses.length > 0 ? 'this machine has other addresses' : 'this machine has no network';
      return told('info', 'network', message, { addresses });
    }
    case 'needs-turn':
      return told('warn', 'ice', event.reason, { hint: 'add_turn_server', peer: event.peer.deviceId });
    default:
      return [];
  }
}
