/** What happened, as a sign of its own shape. */
import type { MarkMessage } from '../../inspect/messages.js';
import { clockTime, duration } from './format.js';

type Kind = MarkMessage['kind'];

const SIGNS: Record<Exclude<Kind, 'recovery'>, { path: string; says: string }> = {
  wake: { path: 'M0-9L2.2-2.8L8.6-2.8L3.6 1.2L5.4 7.4L0 3.8L-5.4 7.4L-3.6 1.2L-8.6-2.8L-2.2-2.8Z', says: 'wake' },
  announce: { path: 'M-2-6L6 0L-2 6Z', says: 'announce' },
  probe: { path: 'M3.2 0A3.2 3.2 0 1 1-3.2 0A3.2 3.2 0 1 1 3.2 0Z', says: 'probe' },
  revived: { path: 'M0-8L6.5 0H2.6V8H-2.6V0H-6.5Z', says: 'revived' },
  rebuilt: { path: 'M-2.2-7.5H2.2V-2.2H7.5V2.2H2.2V7.5H-2.2V2.2H-7.5V-2.2H-2.2Z', says: 'rebuilt' },
};

export function MarkGlyph({ kind }: { kind: Kind }) {
  return kind === 'recovery' ? null : <path class={`mark is-${kind}`} d={SIGNS[kind].path} />;
}

export function MarkLegend() {
  return (
    <div class="legend inline">
      {Object.entries(SIGNS).map(([kind, { says }]) => (
        <span key={kind}>
          <svg class="glyph" viewBox="-11 -11 22 22" aria-hidden="true">
            <MarkGlyph kind={kind as Kind} />
          </svg>
          {says}
        </span>
      ))}
    </div>
  );
}

export function markText(mark: MarkMessage): string {
  const at = clockTime(mark.atMs);
  switch (mark.kind) {
    case 'wake':
      return `${at} woke after ${duration(mark.pausedMs)} ${mark.cause}`;
    case 'announce':
      return `${at} announced: ${mark.reason}`;
    case 'probe':
      return `${at} asked whether it lives: ${mark.reason}`;
    case 'revived':
      return `${at} revived by ${mark.via} after ${duration(mark.ms)}`;
    case 'rebuilt':
      return `${at} rebuilt after ${duration(mark.ms)}`;
    case 'recovery':
      return `${at} recovered by ${mark.via}`;
  }
}
