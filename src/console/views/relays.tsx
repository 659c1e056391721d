/** The relays of a network, and what each is doing. */
import { duration } from '../parts/format.js';
import { useServices, useTicking } from '../parts/hooks.js';
import type { NetworkState, Relay } from '../store/state.js';

export function RelaysView({ network }: { network: NetworkState }) {
  useTicking(1_000);
  const nowMs = useServices().store.nowMs();
  const relays = [...network.relays.values()];
  return (
    <div class="page">
      <h2>Relays</h2>
      <p class="hint">They introduce devices to each other. Sessions that stand do not need them.</p>
      {relays.length === 0 && <p class="empty">No relay is configured.</p>}
      <ul class="relays">
        {relays.map((relay) => (
          <li key={relay.url} class={`panel relay is-${relay.state}`}>
            <svg class="glyph" viewBox="-1.5 -1.5 3 3" aria-hidden="true">
              <path class={`relay-shape is-${relay.state}`} d={SHAPES[relay.state]} />
            </svg>
            <span class="what">
              <b>{relay.url}</b>
              <small>{relay.reason || ' '}</small>
            </span>
            <span class="how">
              {relay.state}
              {/* Without a reason it was so before this page was opened. */}
              <small>
                for {relay.reason === '' && 'at least '}
                {duration(nowMs - relay.sinceMs)}
              </small>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

const SHAPES: Record<Relay['state'], string> = {
  admitted: 'M1 0A1 1 0 1 1-1 0A1 1 0 1 1 1 0Z',
  subscribing: 'M0-1.15L1.15 0L0 1.15L-1.15 0Z',
  dialing: 'M-.85-.85H.85V.85H-.85Z',
  backoff: 'M0 1.1L1.05-.8H-1.05Z',
  closed: 'M-.9-.9L.9.9M.9-.9L-.9.9',
};
