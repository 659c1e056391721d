/** The peer machine with its effects bound to one network: provided once, shared by all its peers. */
import { peerMachine } from '../../machines/peer.js';
import type { PeerContext } from '../../machines/peer-events.js';
import type { Runtime } from '../runtime.js';
import { ioTurn } from './actors.js';
import type { PeerHost } from './peer-host.js';

export interface PeerEffects {
  runtime: Runtime;
  host(id: string): PeerHost | undefined;
  seek(): void;
  reflect(fresh: boolean): void;
  failed(what: string, error: unknown, deviceId: string): void;
}

export function bindPeerMachine({ runtime, host, seek, reflect, failed }: PeerEffects): typeof peerMachine {
  /** An effect that threw would kill the peer's actor: it is reported instead. */
  const on =
    <Params>(what: string, effect: (peer: PeerHost, context: PeerContext, params: Params) => void) =>
    ({ context }: { context: PeerContext }, params: Params): void => {
      try {
        const peer = host(context.id);
        if (peer) effect(peer, context, params);
      } catch (error) {
        failed(what, error, context.id);
      }
    };
  return peerMachine.provide({
    actors: { ioTurn: ioTurn(runtime) },
    actions: {
      openAsOfferer: on('open', (peer, { epoch }) => peer.openAsOfferer(epoch)),
      openAsAnswerer: on<{ key: number }>('open', (peer, { epoch }, { key }) => peer.openAsAnswerer(epoch, key)),
      openCandidateAsOfferer: on('open', (peer, { candidate }) => peer.openAsOfferer(candidate)),
      openCandidateAsAnswerer: on<{ key: number }>('open', (peer, { candidate }, { key }) =>
        peer.openAsAnswerer(candidate, key),
      ),
      closeSession: on<{ epoch: number }>('close', (peer, _, { epoch }) => peer.closeSession(epoch)),
      sendHello: on<{ epoch: number }>('hello', (peer, _, { epoch }) => peer.sendHello(epoch)),
      sendApprove: on('approve', (peer, { epoch }) => peer.sendApprove(epoch)),
      ping: on('ping', (peer, { epoch }) => peer.ping(epoch)),
      probe: on('probe', (peer, { epoch }) => peer.probe(epoch)),
      restart: on('restart', (peer, { epoch }) => peer.restart(epoch)),
      acceptRestart: on<{ key: number }>('restart', (peer, { epoch }, { key }) => peer.acceptRestart(epoch, key)),
      reportRecovered: on<{ via: Parameters<PeerHost['reportRecovered']>[0] }>('report', (peer, _, { via }) =>
        peer.reportRecovered(via),
      ),
      sendShelving: on<{ shelved: boolean }>('shelve', (peer, { epoch }, { shelved }) =>
        peer.sendShelving(epoch, shelved),
      ),
      leave: on('leave', (peer) => peer.leave()),
      seek,
      reflect: (_, { fresh }) => reflect(fresh),
    },
  });
}
