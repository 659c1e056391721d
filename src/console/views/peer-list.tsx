/** All peers as rows: found by name, id or state. */
import { memo } from 'preact/compat';
import { useState } from 'preact/hooks';
import type { PeerView } from '../../inspect/messages.js';
import { nameOf, roundTrip, shortId } from '../parts/format.js';
import { Glyph, STATES } from '../parts/glyph.js';
import { Windowed } from '../parts/windowed.js';
import type { Lane } from '../store/state.js';

interface Props {
  peers: PeerView[];
  lanes: Map<string, Lane>;
  selected: string | null;
  select(device: string): void;
}

export function PeerList({ peers, lanes, selected, select }: Props) {
  const [wanted, setWanted] = useState('');
  const found = matching(peers, wanted);
  return (
    <section class="panel grow" aria-label="Peers">
      <header>
        <h2>
          Peers <span class="count">{peers.length}</span>
        </h2>
        <input
          type="search"
          placeholder="name, id or state"
          aria-label="Find peers"
          value={wanted}
          onInput={(event) => setWanted(event.currentTarget.value)}
        />
      </header>
      {found.length === 0 && <p class="empty">{peers.length === 0 ? 'Nobody else is here yet.' : 'No such peer.'}</p>}
      <Windowed
        items={found}
        rowPx={44}
        label="Peers"
        keyOf={({ device }) => device}
        row={(peer) => (
          <Row
            peer={peer}
            recoveries={lanes.get(peer.device)?.recoveries ?? 0}
            isSelected={peer.device === selected}
            select={select}
          />
        )}
      />
    </section>
  );
}

/** Whoever needs attention stands first, then by name. */
function matching(peers: PeerView[], wanted: string): PeerView[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const rank = ({ state }: PeerView) => (state === 'active' ? STATES.length : STATES.indexOf(state));
  return peers
    .filter((peer) => words.every((word) => `${peer.label} ${peer.device} ${peer.detail}`.toLowerCase().includes(word)))
    .sort((a, b) => rank(a) - rank(b) || (nameOf(a) < nameOf(b) ? -1 : 1));
}

const Row = memo(
  ({
    peer,
    recoveries,
    isSelected,
    select,
  }: {
    peer: PeerView;
    recoveries: number;
    isSelected: boolean;
    select(device: string): void;
  }) => (
    <button type="button" class="row" aria-pressed={isSelected} onClick={() => select(peer.device)}>
      <Glyph state={peer.state} />
      <span class="what">
        <b>{nameOf(peer)}</b>
        <small>
          {peer.label !== '' && <code>{shortId(peer.device)}</code>} {peer.detail}
        </small>
      </span>
      <span class="how">
        {roundTrip(peer.rttMs)}
        <small>
          {peer.path ?? 'no path'}
          {recoveries > 0 && <span title={`came back ${recoveries} times`}> · ↻{recoveries}</span>}
        </small>
      </span>
    </button>
  ),
);
