/** Where a network's devices meet, as its `signaling` says: which relays, and whether on the local network. */
import type { Logger } from 'pino';
import type { JoinOptions } from '../mesh/api.js';
import { chooseRelays, type RelayChoice } from '../signaling/relay-select.js';
import type { NetworkConfig } from './config-schema.js';
import { DaemonError } from './errors.js';

const NOWHERE: RelayChoice = { relays: [], fallback: [] };

/** Throws `DaemonError` when nobody could ever be met. What cannot be used is told and costs only itself. */
export function meetingPlaces(
  { id, signaling }: NetworkConfig,
  appId: string,
  log: Logger,
): Pick<JoinOptions, 'relays' | 'fallbackRelays' | 'lan'> {
  const { strategy, servers, redundancy, denylist, public_fallback, mdns, listen_only } = signaling;
  const warn = (problem: string) => log.warn({ network: id }, `network ${id}: signaling.${problem}`);
  const isNostr = strategy === '' || strategy === 'nostr';
  if (!isNostr && strategy !== 'none') warn(`strategy: "${strategy}" is unknown; no relay is used`);

  const usable = servers.filter((url) => {
    if (URL.canParse(url) && /^wss?:$/.test(new URL(url).protocol)) return true;
    warn(`servers: "${url}" is no ws:// or wss:// address; left out`);
    return false;
  });
  const wishes = { appId, servers: usable, redundancy, denylist, publicFallback: public_fallback };
  // Where somebody named servers, but none that can be used, upstream's are not what he chose.
  const choice = isNostr && (servers.length === 0 || usable.length > 0) ? chooseRelays(wishes) : NOWHERE;
  const lan = mdns && !listen_only;
  if (choice.relays.length === 0 && !lan) {
    throw new DaemonError('signaling: names no relay that can be used, and mdns is off: nobody could be met');
  }
  return { relays: choice.relays, fallbackRelays: choice.fallback, lan };
}
