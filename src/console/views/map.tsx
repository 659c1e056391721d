/** Self and peers: what state each is in, over which kind of path it is reached, and how long a round trip takes. */
import { memo } from 'preact/compat';
import { useMemo, useState } from 'preact/hooks';
import type { PeerView } from '../../inspect/messages.js';
import { nameOf, roundTrip } from '../parts/format.js';
import { Shape, STATES } from '../parts/glyph.js';
import { useSize } from '../parts/hooks.js';
import type { ConsoleState, NetworkState } from '../store/state.js';
import { type Place, placePeers, type Words } from './map-places.js';
import { PeerCard } from './peer-card.js';
import { PeerList } from './peer-list.js';

export function MapView({ state, network }: { state: ConsoleState; network: NetworkState }) {
  const [selected, select] = useState<string | null>(null);
  const peers = [...network.peers.values()];
  const chosen = selected === null ? undefined : network.peers.get(selected);
  return (
    <div class="split">
      <section class="stage map" aria-label="Map of the mesh">
        <Sky peers={peers} own={nameOf(state)} selected={selected} select={select} />
        <Legend />
      </section>
      <aside class="side">
        {chosen && <PeerCard peer={chosen} lane={network.lanes.get(chosen.device)} close={() => select(null)} />}
        <PeerList peers={peers} lanes={network.lanes} selected={selected} select={select} />
      </aside>
    </div>
  );
}

interface SkyProps {
  peers: PeerView[];
  own: string;
  selected: string | null;
  select(device: string): void;
}

function Sky({ peers, own, selected, select }: SkyProps) {
  const [ref, { width, height }] = useSize<SVGSVGElement>();
  // Places depend on who is in which state, not on what was last heard of them.
  const key = peers.map(({ device, state }) => `${device} ${state}`).join();
  const { words, places, bands, size } = useMemo(() => placePeers(peers, width, height), [key, width, height]);
  const now = new Map(peers.map((peer) => [peer.device, peer]));
  const current = places.map((place) => ({ ...place, peer: now.get(place.peer.device) ?? place.peer }));
  return (
    <svg
      class={words === 'none' ? 'sky' : 'sky is-roomy'}
      ref={ref}
      viewBox={`${-width / 2} ${-height / 2} ${width} ${height}`}
      role="group"
      aria-label={`${peers.length} peers`}
    >
      {bands.map((band) => (
        <circle key={band.state} class="band" r={band.radius} />
      ))}
      {current.map(({ peer, x, y }) => (
        <Path key={peer.device} peer={peer} x={x} y={y} words={words} isSelected={peer.device === selected} />
      ))}
      {bands.map((band) => (
        <text key={band.state} class="band-name" y={4 - band.radius}>
          {band.state} {band.count}
        </text>
      ))}
      <g class="self">
        <circle r={words === 'none' ? 20 : 26} />
        <text class="name" dy="0.35em">
          {words === 'none' ? 'us' : own.slice(0, 9)}
        </text>
      </g>
      {current.map((place) => (
        <PeerMark
          key={place.peer.device}
          {...place}
          size={size}
          words={words}
          isSelected={place.peer.device === selected}
          select={select}
        />
      ))}
    </svg>
  );
}

/** Where nothing is written beside a peer, its round trip changes nothing, and that of all changes every second. */
function looksAlike(before: Place & { words: Words; isSelected: boolean }, after: typeof before): boolean {
  const [a, b] = [before.peer, after.peer];
  const isSamePeer =
    after.words === 'none' ? a.detail === b.detail && a.path === b.path && a.label === b.label : a === b;
  const isSamePlace = before.x === after.x && before.y === after.y && before.words === after.words;
  return isSamePeer && isSamePlace && before.isSelected === after.isSelected;
}

const Path = memo(({ peer, x, y, words, isSelected }: Place & { words: Words; isSelected: boolean }) => {
  const kind = peer.path ?? 'none';
  return (
    <g
      class={`path is-${peer.state} by-${kind} ${words === 'none' ? 'is-thin' : ''} ${isSelected ? 'is-selected' : ''}`}
    >
      <line x2={x} y2={y} />
      {words !== 'none' && peer.path !== null && (
        <text x={x * 0.55} y={y * 0.55} dy="0.32em">
          {peer.rttMs !== null && roundTrip(peer.rttMs)} {words === 'all' && peer.path}
        </text>
      )}
    </g>
  );
}, looksAlike);

type MarkProps = Place & { size: number; words: Words; isSelected: boolean; select(device: string): void };

const PeerMark = memo(({ peer, x, y, size, words, isSelected, select }: MarkProps) => {
  const name = nameOf(peer);
  const reached = words === 'none' ? '' : `, round trip ${roundTrip(peer.rttMs)}`;
  const says = `${name}: ${peer.detail}, ${peer.path ?? 'no path'}${reached}`;
  const isAbove = y < -20; // else the path would run through the name
  const choose = () => select(peer.device);
  return (
    <g
      class={`peer ${isSelected ? 'is-selected' : ''}`}
      style={{ transform: `translate(${x}px, ${y}px)` }}
      role="button"
      tabindex={words === 'none' ? -1 : 0}
      aria-label={says}
      data-device={peer.device}
      data-state={peer.state}
      onClick={choose}
      onKeyDown={(event) => (event.key === 'Enter' || event.key === ' ') && choose()}
    >
      <title>{says}</title>
      <circle class="halo" r={size * 1.55} />
      <Shape state={peer.state} size={size} />
      {words !== 'none' && (
        <>
          <text class="name" y={isAbove ? -size - 21 : size + 16}>
            {name.slice(0, 18)}
          </text>
          <text class="detail" y={isAbove ? -size - 8 : size + 30}>
            {words === 'all' ? peer.detail : peer.detail.split('.').at(-1)}
          </text>
        </>
      )}
    </g>
  );
}, looksAlike);

function Legend() {
  return (
    <div class="legend">
      {STATES.filter((state) => state !== 'gone').map((state) => (
        <span key={state}>
          <svg class="glyph" viewBox="-1.5 -1.5 3 3" aria-hidden="true">
            <Shape state={state} size={1} />
          </svg>
          {state}
        </span>
      ))}
      {(['local', 'direct', 'relayed'] as const).map((path) => (
        <span key={path} class={`path by-${path}`}>
          <svg class="stroke" viewBox="0 0 24 4" aria-hidden="true">
            <line x1="0" y1="2" x2="24" y2="2" />
          </svg>
          {path}
        </span>
      ))}
    </div>
  );
}
