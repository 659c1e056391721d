/** The statechart of one actor as it stands: where it is, what brought it there, what it waits for, what it knows. */
import { useMemo, useState } from 'preact/hooks';
import { type Chart, readChart } from '../../chart/chart.js';
import { nameOf, shortId } from '../parts/format.js';
import { Glyph } from '../parts/glyph.js';
import { Windowed } from '../parts/windowed.js';
import { type Actor, type ConsoleState, LIMITS, type NetworkState, type PeerState } from '../store/state.js';
import { ChartDrawing } from './chart-drawing.js';
import { MachineFacts } from './machine-facts.js';

export function MachineView({
  state,
  network,
  sessionId,
}: {
  state: ConsoleState;
  network: NetworkState;
  sessionId: string | null;
}) {
  const actors = listed(state, network);
  const chosen = actors.find(({ actor }) => actor.sessionId === sessionId) ?? actors[0];
  const definition = chosen?.actor.definition;
  const { chart, problem } = useMemo(() => read(definition), [definition]);
  return (
    <div class="split actors-first">
      <ActorList actors={actors} chosen={chosen?.actor.sessionId ?? null} />
      <section class="stage" aria-label="Statechart">
        {problem !== null && <p class="empty">This chart cannot be drawn: {problem}</p>}
        {chosen === undefined && <p class="empty">No machine is running.</p>}
        {chosen && chart && <ChartDrawing key={definition} chart={chart} actor={chosen.actor} />}
      </section>
      {chosen && <MachineFacts actor={chosen.actor} title={chosen.title} chart={chart} />}
    </div>
  );
}

function read(definition: string | undefined): { chart: Chart | null; problem: string | null } {
  if (definition === undefined) return { chart: null, problem: null };
  try {
    return { chart: readChart(definition), problem: null };
  } catch (error) {
    return { chart: null, problem: error instanceof Error ? error.message : String(error) };
  }
}

interface Listed {
  actor: Actor;
  title: string;
  peerState: PeerState | null;
}

/** The node first, then relays and whatever else it has, then its peers. */
function listed(state: ConsoleState, network: NetworkState): Listed[] {
  const peers = new Map([...network.peers.values()].map((peer) => [peer.sessionId, peer]));
  const rank = ({ actor, peerState }: Listed) =>
    actor.sessionId === network.sessionId ? 0 : peerState === null ? 1 : 2;
  return [...state.actors.values()]
    .filter(({ rootId }) => rootId === network.sessionId)
    .map((actor) => {
      const peer = peers.get(actor.sessionId);
      return { actor, title: peer ? nameOf(peer) : titleOf(actor), peerState: peer?.state ?? null };
    })
    .sort((a, b) => rank(a) - rank(b) || (a.title < b.title ? -1 : 1))
    .slice(0, LIMITS.actors);
}

/** `relay:3f…:wss://relay.example:4848` → `relay relay.example:4848`; a peer that is gone has a whole device id for a name. */
function titleOf({ name, definition }: Actor): string {
  const [, machine = 'machine'] = /"id":"(\w+)"/.exec(definition) ?? [];
  const [, host] = /wss?:\/\/([^/\s]+)/.exec(name) ?? [];
  if (host !== undefined) return `${machine} ${host}`;
  return name.length > 24 ? `${machine} ${shortId(name.slice(name.indexOf(':') + 1))}` : name;
}

function ActorList({ actors, chosen }: { actors: Listed[]; chosen: string | null }) {
  const [wanted, setWanted] = useState('');
  const found = actors.filter(({ actor, title }) =>
    `${title} ${actor.name} ${actor.lit.join(' ')}`.toLowerCase().includes(wanted.toLowerCase()),
  );
  return (
    <aside class="side panel" aria-label="Actors">
      <header>
        <h2>
          Actors <span class="count">{actors.length}</span>
        </h2>
        <input
          type="search"
          placeholder="name or state"
          aria-label="Find actors"
          value={wanted}
          onInput={(event) => setWanted(event.currentTarget.value)}
        />
      </header>
      <Windowed
        items={found}
        rowPx={44}
        label="Actors"
        keyOf={({ actor }) => actor.sessionId}
        row={({ actor, title, peerState }) => (
          <a
            class="row"
            href={`#/machine/${encodeURIComponent(actor.sessionId)}`}
            aria-current={actor.sessionId === chosen ? 'true' : undefined}
            data-session={actor.sessionId}
          >
            {peerState ? <Glyph state={peerState} /> : <span class="glyph gear" aria-hidden="true" />}
            <span class="what">
              <b>{title}</b>
              <small>{actor.status === 'active' ? innermost(actor.lit) : actor.status}</small>
            </span>
          </a>
        )}
      />
    </aside>
  );
}

/** Of `active`, `active.steady` only the latter says something. */
const innermost = (lit: string[]): string =>
  lit.filter((path) => !lit.some((other) => other.startsWith(`${path}.`))).join(' · ');
