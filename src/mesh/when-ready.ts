import type { Network } from './api.js';

/**
 * Resolves when a relay has admitted us and, if one is named, that peer is Active. Rejects with the reason of the
 * caller's signal, or of `end`: the network has been left.
 */
export async function whenReady(
  network: Network,
  { peer, signal }: { peer?: string; signal?: AbortSignal },
  end: AbortSignal,
): Promise<void> {
  const isReady = () =>
    network.relays().some((relay) => relay.state === 'admitted') &&
    (peer === undefined || network.peer(peer)?.state === 'active');
  const given = signal ? AbortSignal.any([signal, end]) : end;
  given.throwIfAborted();
  if (isReady()) return;
  await new Promise<void>((resolve, reject) => {
    const onAbort = () => {
      unsubscribe();
      reject(given.reason);
    };
    const unsubscribe = network.subscribe(() => {
      if (!isReady()) return;
      unsubscribe();
      given.removeEventListener('abort', onAbort);
      resolve();
    });
    given.addEventListener('abort', onAbort, { once: true });
  });
}
