/** The peer chart's state in words: `active` for those who watch, `active.steady` for those who look closely. */
import type { StateValue } from 'xstate';
import type { PeerContext } from '../../machines/peer-events.js';
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

export type Shelving = Pick<PeerContext, 'epoch' | 'shelvedByUs' | 'shelvedByThem'>;

/** What there is to tell. A session that ends takes what was said in it along, without a word. */
export function shelvingChanges(before: Shelving, now: Shelving): { type: 'shelved' | 'unshelved'; byUs: boolean }[] {
  const same = before.epoch === now.epoch;
  const changed = (was: boolean, is: boolean, byUs: boolean) =>
    (same && was) === is ? [] : [{ type: is ? ('shelved' as const) : ('unshelved' as const), byUs }];
  return [
    ...changed(before.shelvedByUs, now.shelvedByUs, true),
    ...changed(before.shelvedByThem, now.shelvedByThem, false),
  ];
}
