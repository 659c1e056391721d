/** The peer chart's state in words: `active` for those who watch, `active.steady` for those who look closely. */
import type { StateValue } from 'xstate';
import type { PeerState } from './api.js';

export function topOf(value: StateValue): PeerState {
  return (typeof value === 'string' ? value : Object.keys(value)[0]) as PeerState;
}

export function detailOf(value: StateValue): string {
  return typeof value === 'string'
    ? value
    : Object.entries(value)
        .map(([state, inner]) => (inner === undefined ? state : `${state}.${detailOf(inner)}`))
        .join('|');
}

/** Nothing is doubted: frames need not go through the machine. */
export function isCalm(detail: string): boolean {
  return detail === 'active.steady' || detail === 'active.shelved';
}
