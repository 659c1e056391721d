/** Devices that wait to be let in: both people compare the codes, then each side approves. */
import { useState } from 'preact/hooks';
import type { PeerView } from '../../inspect/messages.js';
import { nameOf } from '../parts/format.js';
import { useServices } from '../parts/hooks.js';
import type { ConsoleState, NetworkState } from '../store/state.js';

export const waiting = ({ peers }: NetworkState): PeerView[] =>
  [...peers.values()].filter(({ waitsFor }) => waitsFor !== null);

export function ApprovalsView({ state, network }: { state: ConsoleState; network: NetworkState }) {
  const peers = waiting(network);
  return (
    <div class="page">
      <h2>Approvals</h2>
      <p class="hint">
        Compare the codes with whoever sits at the other device, over a channel that you trust. Each shows the other's
        code as “theirs”.
      </p>
      {peers.length === 0 && <p class="empty">Nobody waits.</p>}
      <div class="cards">
        {peers.map((peer) => (
          <Waiting key={peer.device} peer={peer} network={network.id} isLive={state.source === 'live'} />
        ))}
      </div>
    </div>
  );
}

const WORDS = {
  us: 'They have approved. They wait for you.',
  them: 'You have approved. You wait for them.',
  both: 'Neither side has approved yet.',
};

function Waiting({ peer, network, isLive }: { peer: PeerView; network: string; isLive: boolean }) {
  const { ask } = useServices();
  const [problem, setProblem] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const request = async (op: 'approve' | 'deny') => {
    setAsking(true);
    const { ok, error } = await ask({ op, network, device: peer.device });
    setAsking(false);
    setProblem(ok ? null : (error ?? 'it did not work'));
  };
  return (
    <article class="panel waiting" data-device={peer.device}>
      <h3>{nameOf(peer)}</h3>
      <p>
        <code class="wrap">{peer.device}</code>
      </p>
      <dl class="codes">
        <div>
          <dt>our code</dt>
          <dd>{peer.codeSent ?? '–'}</dd>
        </div>
        <div>
          <dt>theirs</dt>
          <dd>{peer.codeReceived ?? '–'}</dd>
        </div>
      </dl>
      <p>{WORDS[peer.waitsFor ?? 'both']}</p>
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <div class="actions">
        <button
          type="button"
          class="primary"
          disabled={!isLive || isAsking || peer.waitsFor === 'them'}
          onClick={() => request('approve')}
        >
          Approve
        </button>
        <button type="button" disabled={!isLive || isAsking} onClick={() => request('deny')}>
          Deny
        </button>
        {!isLive && <small>A recording cannot be answered.</small>}
      </div>
    </article>
  );
}
