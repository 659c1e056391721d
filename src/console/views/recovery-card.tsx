/** The last recovery: how the time since the thaw, or since the first doubt, was spent. */
import { clockTime, duration, nameOf } from '../parts/format.js';
import type { Lane, Recovery } from '../store/state.js';
import { stagesOf } from './timeline-view.js';

const WORDS: Record<Recovery['steps'][number]['step'], string> = {
  detect: 'detect',
  announce: 'announce',
  offer: 'offer',
  answer: 'answer',
  ice: 'ICE',
  dtls: 'DTLS',
  'first-frame': 'first frame',
};

export function RecoveryCard({ recovery, lane }: { recovery: Recovery; lane: Lane | undefined }) {
  const stages = stagesOf(recovery);
  const wholeMs = Math.max(1, recovery.atMs - recovery.fromMs);
  return (
    <section class="panel recovery" aria-label="Last recovery" data-testid="last-recovery">
      <header>
        <h2>Last recovery</h2>
        <p>
          <b>{lane ? nameOf(lane) : recovery.device.slice(0, 8)}</b> back after <b>{duration(wholeMs)}</b> by{' '}
          {recovery.via}
          <small> at {clockTime(recovery.atMs)}</small>
        </p>
      </header>
      <div class="stages" aria-hidden="true">
        {stages.map(({ step, tookMs }) => (
          <span key={step} class={`stage-part is-${step}`} style={{ flexGrow: Math.max(0.02, tookMs / wholeMs) }} />
        ))}
      </div>
      <ul class="stage-words">
        {stages.map(({ step, tookMs }) => (
          <li key={step}>
            <span class={`swatch is-${step}`} aria-hidden="true" /> {WORDS[step]} <b>{duration(tookMs)}</b>
          </li>
        ))}
      </ul>
    </section>
  );
}
