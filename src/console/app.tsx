/** The frame around the views: which network, which view, and whether the daemon is there. */
import { useEffect, useState } from 'preact/hooks';
import { duration, nameOf, shortId } from './parts/format.js';
import { useStore } from './parts/hooks.js';
import type { ConsoleState, NetworkState } from './store/state.js';
import type { Store } from './store/store.js';
import { ApprovalsView, waiting } from './views/approvals.js';
import { LogView } from './views/log.js';
import { MachineView } from './views/machine.js';
import { MapView } from './views/map.js';
import { RelaysView } from './views/relays.js';
import { TimelineView } from './views/timeline.js';

const VIEWS = ['map', 'machine', 'timeline', 'approvals', 'relays', 'log'] as const;
type View = (typeof VIEWS)[number];
const TITLES: Record<View, string> = {
  map: 'Map',
  machine: 'Machine',
  timeline: 'Timeline',
  approvals: 'Approvals',
  relays: 'Relays',
  log: 'Log',
};

/** `#/machine/x:3` */
function useRoute(): { view: View; detail: string | null } {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const read = () => setHash(location.hash);
    addEventListener('hashchange', read);
    return () => removeEventListener('hashchange', read);
  }, []);
  const [, view, detail] = hash.split('/');
  return { view: VIEWS.find((each) => each === view) ?? 'map', detail: detail ? decodeURIComponent(detail) : null };
}

export function App() {
  const store = useStore();
  const { view, detail } = useRoute();
  const [networkId, chooseNetwork] = useState<string | null>(null);
  const { state } = store;
  const networks = [...state.networks.values()];
  const network = networks.find(({ id }) => id === networkId) ?? networks[0];
  const waits = networks.reduce((sum, each) => sum + waiting(each).length, 0);
  return (
    <div class="app">
      <header class="top">
        <h1>
          Wakemesh
          <small>
            {nameOf(state)} {state.label !== '' && <code>{shortId(state.device)}</code>}
          </small>
        </h1>
        {networks.length > 1 && network && (
          <select
            aria-label="Network"
            value={network.id}
            onChange={(event) => chooseNetwork(event.currentTarget.value)}
          >
            {networks.map(({ id }) => (
              <option key={id}>{id}</option>
            ))}
          </select>
        )}
        {networks.length === 1 && network && <span class="network">{network.id}</span>}
        <Status store={store} />
        <nav aria-label="Views">
          {VIEWS.map((each) => (
            <a key={each} href={`#/${each}`} aria-current={each === view ? 'page' : undefined}>
              {TITLES[each]}
              {each === 'approvals' && waits > 0 && <span class="count">{waits}</span>}
            </a>
          ))}
        </nav>
      </header>
      <Notices store={store} />
      <main>
        {view === 'log' ? (
          <LogView state={state} />
        ) : network === undefined ? (
          <p class="empty">{state.source === null ? 'Waiting for the daemon …' : 'No network is joined.'}</p>
        ) : (
          <ViewOf view={view} detail={detail} state={state} network={network} />
        )}
      </main>
    </div>
  );
}

function ViewOf({
  view,
  detail,
  state,
  network,
}: {
  view: View;
  detail: string | null;
  state: ConsoleState;
  network: NetworkState;
}) {
  switch (view) {
    case 'map':
      return <MapView key={network.id} state={state} network={network} />;
    case 'machine':
      return <MachineView key={network.id} state={state} network={network} sessionId={detail} />;
    case 'timeline':
      return <TimelineView key={network.id} state={state} network={network} />;
    case 'approvals':
      return <ApprovalsView key={network.id} state={state} network={network} />;
    case 'relays':
      return <RelaysView network={network} />;
    case 'log':
      return <LogView state={state} />;
  }
}

function Status({ store }: { store: Store }) {
  const { link, state } = store;
  const words = {
    connecting: 'connecting …',
    open: state.source === 'recording' ? 'recording' : 'live',
    lost: 'daemon gone',
  };
  return (
    <span class={`link is-${link}`} role="status">
      {words[link]}
    </span>
  );
}

/** What a person should know before believing what the views show. */
function Notices({ store }: { store: Store }) {
  const { link, problem, state } = store;
  const { playback } = state;
  const notices = [
    link === 'lost' &&
      'The daemon does not answer. What is shown is what it said last; this page asks again every other second.',
    problem,
    state.dropped > 0 &&
      `${state.dropped} messages were left out because too much happened at once. States are right, histories have gaps.`,
    playback !== null &&
      `${playback.file}: ${duration(playback.positionMs)} of ${duration(playback.lengthMs)}${playback.state === 'ended' ? ', ended' : ''}`,
    playback?.state === 'broken' &&
      `The recording is damaged in line ${playback.line ?? '?'}: ${playback.problem ?? 'unreadable'}.`,
  ].filter((notice): notice is string => typeof notice === 'string');
  if (notices.length === 0) return null;
  return (
    <div class="notices" role="status">
      {notices.map((notice) => (
        <p key={notice}>{notice}</p>
      ))}
    </div>
  );
}
