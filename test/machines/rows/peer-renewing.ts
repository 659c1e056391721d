/** A path that is given up without being asked: its address is gone, or the user says so. */
import type { PeerEvent } from '../../../machines/peer-events.js';
import {
  ACTIVE,
  AWAITING,
  announced,
  BOOT,
  fact,
  offer,
  type PeerRow,
  RESTARTING,
  STALE,
  shaped,
  t,
  WAKE,
} from './peer-words.js';

const lost: PeerEvent = { type: 'RENEW', reason: 'address-lost' };
const asked: PeerEvent = { type: 'RENEW', reason: 'reconnect' };

export const renewing: PeerRow[] = [
  {
    rule: 'the address is gone: restarted in place at once, whatever the id',
    from: ACTIVE,
    when: lost,
    theyOfferFirst: true,
    to: 'stale.restarting',
    does: ['seek', 'restart'],
    sets: { staleAge: 0, restarts: 1, evidence: true, repair: 'restart', reason: 'address-lost' },
  },
  {
    rule: 'the user says so: the same',
    from: ACTIVE,
    when: asked,
    to: 'stale.restarting',
    does: ['seek', 'restart'],
    sets: { staleAge: 0, restarts: 1, evidence: true, repair: 'restart', reason: 'reconnect' },
  },
  {
    rule: 'while it is being asked',
    from: [...ACTIVE, WAKE],
    when: lost,
    to: 'stale.restarting',
    does: ['seek', 'restart'],
    sets: { staleAge: 0, restarts: 1, repair: 'restart', reason: 'address-lost' },
  },
  {
    rule: 'the peer speaks',
    from: [...ACTIVE, lost, fact('ANSWERED', 1)],
    when: fact('FRAME', 1),
    to: 'active.steady',
    does: ['probe', 'recovered by restart'],
    sets: { restarts: 0, renewedTicks: 0, evidence: false, repair: null, reason: 'frame' },
  },
  {
    rule: 'silent already',
    from: STALE,
    when: lost,
    to: 'stale.restarting',
    does: ['restart'],
    sets: { restarts: 1, evidence: true, repair: 'restart', reason: 'address-lost' },
  },
  {
    rule: 'restarts from before the address was lost do not count',
    from: [...RESTARTING, t.restartMs, t.restartMs],
    when: lost,
    to: 'stale.restarting',
    does: ['restart'],
    sets: { restarts: 1, reason: 'address-lost' },
  },
  {
    rule: 'nor does one that was answered: it led to where we no longer are',
    from: [...STALE, announced(BOOT), offer(BOOT, 'current')],
    when: lost,
    to: 'stale.restarting',
    does: ['restart'],
    sets: { restarts: 1, renewedTicks: 0, reason: 'address-lost' },
  },
  {
    rule: 'a link that the shape can do without is left to its silence',
    from: [...ACTIVE, shaped(false, false)],
    when: lost,
    to: 'active.shelved',
  },
  {
    rule: 'nothing is open yet: the far end sees where we are',
    from: AWAITING,
    when: lost,
    to: 'handshaking.awaitingApproval',
  },
];
