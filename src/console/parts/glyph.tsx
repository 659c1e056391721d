/** A state as a shape: who cannot tell the colours apart can tell the shapes. */
import type { PeerState } from '../store/state.js';

/** Drawn around 0,0 in a square of 2 × 2. */
const SHAPES: Record<PeerState, string> = {
  active: 'M1 0A1 1 0 1 1-1 0A1 1 0 1 1 1 0Z', // disc
  stale: 'M0-1.1L1.05.8H-1.05Z', // triangle
  handshaking: 'M0-1.15L1.15 0L0 1.15L-1.15 0Z', // diamond
  sighted: 'M-.85-.85H.85V.85H-.85Z', // square
  gone: 'M-.9-.9L.9.9M.9-.9L-.9.9', // cross
};

export const STATES: PeerState[] = ['active', 'stale', 'handshaking', 'sighted', 'gone'];

export function Shape({ state, size }: { state: PeerState; size: number }) {
  return <path class={`shape is-${state}`} d={SHAPES[state]} transform={`scale(${size})`} />;
}

export function Glyph({ state }: { state: PeerState }) {
  return (
    <svg class="glyph" viewBox="-1.5 -1.5 3 3" aria-hidden="true">
      <Shape state={state} size={1} />
    </svg>
  );
}
