import type { Network } from './api.js';

/** Resolves when a relay has admitted us and, if one is named, that peer is Active. Rejects with the signal's reason. */
export async function whenReady(
  network: Network,
  { peer, signal }: { peer?: string; signal?: AbortSignal },
): Promise<void> {
  const isReady = () =>
    network.relays().some((relay) => relay.state === 'admitted') &&
    (peer === undefined || network.peer(peer)?.state === 'active');
  signal?.throwIfAborted();
  if (isReady()) return;
  await new Promise<void>((resolve, reject) => {
    const onAbort = () => {
      unsubscribe();
      reject(signal?.reason);
    };
    const unsubscribe = network.subscribe(() => {
      if (!isReady()) return;
      unsubscribe();
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
