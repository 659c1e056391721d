/** One log line for each change of state, with its reason; nothing for what merely goes on. */
import type { Logger } from 'pino';
import type { MeshEvent } from '../mesh/api.js';

export function logEvents(log: Logger): (event: MeshEvent) => void {
  return (event) => {
    const { network } = event;
    switch (event.type) {
      case 'peer': {
        const { deviceId: peer, epoch, detail } = event.peer;
        // Steps within a state are many, and sightings cost a stranger nothing: neither may fill a disk.
        const quiet = event.from === event.to || event.from === null || event.from === 'sighted';
        const level = quiet ? 'debug' : 'info';
        return log[level]({ network, peer, epoch, detail, reason: event.reason }, `peer ${event.to}`);
      }
      case 'authenticated':
        return log.debug({ network, peer: event.peer.deviceId, rostered: event.rostered }, 'peer authenticated');
      case 'capabilities':
        return log.debug({ network, peer: event.peer.deviceId }, 'peer says something new about itself');
      case 'rostered':
        return log.info({ network, by: event.by, devices: event.devices }, 'devices rostered by another member');
      case 'recovered':
        return log.info({ network, peer: event.peer.deviceId, ms: event.ms, via: event.via }, 'peer recovered');
      case 'woke':
        return log.info({ network, pausedMs: event.pausedMs, kind: event.kind }, 'woke');
      case 'network-changed':
        return log.info({ network, addresses: event.addresses }, 'this machine has other addresses');
      case 'announced':
        return log.debug({ network, reason: event.reason }, 'announced');
      case 'ice-server-failed':
        return log.warn({ network, server: event.url, reason: event.reason }, 'STUN or TURN server is of no use');
      case 'needs-turn':
        return log.warn({ network, peer: event.peer.deviceId, reason: event.reason }, 'peer cannot be reached');
      case 'relay':
        return log.info({ network, relay: event.relay.url, reason: event.reason }, `relay ${event.relay.state}`);
    }
  };
}
