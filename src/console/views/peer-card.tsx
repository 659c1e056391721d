/** One peer, as far as the daemon knows it. */
import type { PeerView } from '../../inspect/messages.js';
import { ago, duration, nameOf, roundTrip } from '../parts/format.js';
import { Glyph } from '../parts/glyph.js';
import { useServices, useTicking } from '../parts/hooks.js';
import type { Lane } from '../store/state.js';

export function PeerCard({ peer, lane, close }: { peer: PeerView; lane: Lane | undefined; close(): void }) {
  useTicking(500);
  const nowMs = useServices().store.nowMs();
  const since = lane?.spans.at(-1)?.fromMs;
  return (
    <section class="panel" aria-label={`Peer ${nameOf(peer)}`}>
      <header>
        <h2>
          <Glyph state={peer.state} /> {nameOf(peer)}
        </h2>
        <button type="button" class="quiet" aria-label="Close" onClick={close}>
          ✕
        </button>
      </header>
      <dl class="facts">
        <dt>device</dt>
        <dd>
          <code class="wrap">{peer.device}</code>
        </dd>
        <dt>state</dt>
        <dd>
          {peer.detail}{' '}
          {since !== undefined && (
            <small>
              for {lane?.spans.length === 1 && 'at least '}
              {duration(nowMs - since)}
            </small>
          )}
        </dd>
        <dt>because</dt>
        <dd>{peer.reason || '–'}</dd>
        <dt>path</dt>
        <dd>
          {peer.path ?? 'none'}, round trip {roundTrip(peer.rttMs)}
        </dd>
        <dt>last frame</dt>
        <dd>{peer.lastFrameAtMs === null ? 'none' : ago(peer.lastFrameAtMs, nowMs)}</dd>
        <dt>session</dt>
        <dd>
          {peer.epoch === 0 ? 'none yet' : `number ${peer.epoch}`} <small>{kindOf(peer)}</small>
        </dd>
        {lane?.last && (
          <>
            <dt>last recovery</dt>
            <dd>
              {duration(lane.last.atMs - lane.last.fromMs)} by {lane.last.via}
            </dd>
          </>
        )}
      </dl>
      <a class="button" href={`#/machine/${encodeURIComponent(peer.sessionId)}`}>
        Open its machine
      </a>
    </section>
  );
}

function kindOf({ signs, pinned, shelvedByUs, shelvedByThem }: PeerView): string {
  const words = [signs ? 'Wakemesh' : 'upstream or not known yet'];
  if (pinned) words.push('pinned');
  if (shelvedByUs || shelvedByThem)
    words.push(`shelved by ${[shelvedByUs && 'us', shelvedByThem && 'them'].filter(Boolean).join(' and ')}`);
  return words.join(' · ');
}
