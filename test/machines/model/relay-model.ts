/** What must come of each thing that can happen to the connection to one relay, written from docs/engine.md. */
import type { RelayEvent } from '../../../machines/relay-events.js';
import { relayTunables as t } from '../../../machines/tunables.js';
import type { Model } from './model.js';
import { dueInMs, freeze, pass, type Timer } from './timers.js';

type Place =
  | 'dialing'
  | 'subscribing'
  | `admitted.${'idle' | 'pinging' | 'checking' | 'retiring'}`
  | `admitted.replacing.${'dialing' | 'subscribing' | 'waiting'}`
  | 'backoff'
  | 'closed';

export interface RelayModel {
  at: Place;
  socket: number;
  /** Dialled beside a silent one. */
  spare: number;
  /** Replaced, still open. */
  retiring: number;
  lastSocket: number;
  failures: number;
  split: boolean;
  reason: string;
  timers: Timer[];
  does: string[];
}

export const relayModel: Model<RelayModel> = {
  start() {
    const r: RelayModel = {
      at: 'closed',
      socket: 0,
      spare: 0,
      retiring: 0,
      lastSocket: 0,
      failures: 0,
      split: false,
      reason: 'start',
      timers: [],
      does: [],
    };
    dial(r, 'start');
    return r;
  },

  after(before, step) {
    const r = { ...before, does: [] };
    if (r.at === 'closed') return r;
    if (step.type === 'WAIT') pass(r, step.ms as number, fire);
    else if (step.type === 'FREEZE') freeze(r, step.ms as number, fire);
    else if (step.type !== 'IO_TURN') happen(r, step as RelayEvent);
    return r;
  },

  sight: (r) => ({
    state: r.at,
    effects: r.does,
    dueInMs: dueInMs(r),
    awaitsTurn: false,
    facts: {
      socket: r.socket,
      spare: r.spare,
      retiring: r.retiring,
      lastSocket: r.lastSocket,
      attempt: r.failures,
      split: r.split,
      reason: r.reason,
    },
  }),
};

const isReplacing = ({ at }: RelayModel) => at.startsWith('admitted.replacing');
const isServing = ({ at }: RelayModel) => at.startsWith('admitted');

function go(r: RelayModel, at: Place, reason = r.reason): void {
  r.at = at;
  r.reason = reason;
  r.timers = timersOf(r).map(([name, inMs]) => ({ name, inMs }));
}

function timersOf({ at, failures }: RelayModel): [name: string, inMs: number][] {
  if (at === 'admitted.idle')
    return [
      ['ping', t.pingIntervalMs],
      ['stable', t.stableMs],
    ];
  if (at === 'admitted.pinging') return [['silence', t.pingTimeoutMs]];
  if (at === 'admitted.checking') return [['silence', t.checkTimeoutMs]];
  if (at === 'admitted.retiring') return [['retired', t.retireTimeoutMs]];
  if (at.endsWith('dialing')) return [['dial', t.connectTimeoutMs]];
  if (at.endsWith('subscribing')) return [['answer', t.admissionTimeoutMs]];
  if (at === 'closed') return [];
  return [['wait', Math.min(t.backoffCapMs, t.backoffUnitMs * 2 ** failures)]];
}

/** Sockets that nobody names any more are closed. */
function keep(r: RelayModel): void {
  const open = [r.socket, r.spare, r.retiring].filter((socket) => socket > 0);
  r.does.push(`keep sockets ${open.join(' ') || 'none'}`);
}

const report = (r: RelayModel, phase: string) => r.does.push(`report ${phase}`);

/** The replaced socket closes when its successor is beyond doubt, or in doubt too. */
function retire(r: RelayModel): void {
  if (r.at !== 'admitted.retiring') return;
  r.retiring = 0;
  keep(r);
}

function dial(r: RelayModel, reason: string): void {
  retire(r);
  r.lastSocket += 1;
  Object.assign(r, { socket: r.lastSocket, spare: 0, retiring: 0 });
  keep(r);
  r.does.push(`dial ${r.socket}`);
  report(r, 'dialing');
  go(r, 'dialing', reason);
}

function subscribe(r: RelayModel, reason?: string): void {
  r.does.push(`subscribe ${r.spare || r.socket}`);
  report(r, 'subscribing');
  go(r, isReplacing(r) ? 'admitted.replacing.subscribing' : 'subscribing', reason);
}

function serve(r: RelayModel, reason?: string): void {
  retire(r);
  report(r, 'admitted');
  go(r, 'admitted.idle', reason);
}

function ping(r: RelayModel, at: 'admitted.pinging' | 'admitted.checking'): void {
  retire(r);
  r.does.push(`ping ${r.socket}`);
  go(r, at);
}

function backOff(r: RelayModel, reason: string): void {
  retire(r);
  Object.assign(r, { socket: 0, spare: 0, retiring: 0 });
  r.failures = Math.min(r.failures + 1, t.attemptCap);
  keep(r);
  report(r, 'backoff');
  go(r, 'backoff', reason);
}

function close(r: RelayModel): void {
  retire(r);
  Object.assign(r, { socket: 0, spare: 0, retiring: 0 });
  keep(r);
  report(r, 'closed');
  go(r, 'closed');
}

function dialBeside(r: RelayModel, reason?: string): void {
  r.lastSocket += 1;
  r.spare = r.lastSocket;
  keep(r);
  r.does.push(`dial ${r.spare}`, `ping ${r.socket}`);
  report(r, 'dialing');
  go(r, 'admitted.replacing.dialing', reason);
}

/** A replacement came to nothing: the silent socket is kept, and after some of them given up. */
function besideFails(r: RelayModel, reason: string): void {
  if (r.failures >= t.replaceAttempts) return backOff(r, reason);
  waitBeside(r, reason);
}

function waitBeside(r: RelayModel, reason: string): void {
  r.spare = 0;
  r.failures = Math.min(r.failures + 1, t.attemptCap);
  keep(r);
  report(r, 'backoff');
  go(r, 'admitted.replacing.waiting', reason);
}

function fire(r: RelayModel, timer: string): void {
  if (timer === 'stable') r.failures = 0;
  if (timer === 'ping') ping(r, 'admitted.pinging');
  if (timer === 'silence') dialBeside(r, r.at === 'admitted.checking' ? 'check unanswered' : 'ping unanswered');
  if (timer === 'retired') serve(r);
  if (timer === 'dial') (isReplacing(r) ? besideFails : backOff)(r, 'connect timeout');
  if (timer === 'answer') (isReplacing(r) ? besideFails : backOff)(r, 'no answer to the subscription');
  if (timer !== 'wait') return;
  if (isReplacing(r)) dialBeside(r);
  else dial(r, 'backoff over');
}

function happen(r: RelayModel, event: RelayEvent): void {
  if (event.type === 'CLOSE') return close(r);
  if (event.type === 'CHECK') return check(r);
  const { socket } = event;
  const role = (['socket', 'spare', 'retiring'] as const).find((each) => r[each] === socket && socket > 0);
  // The one that is to serve: dialled or in use, or dialled beside one that is in use.
  const isNext = role === (r.spare > 0 ? 'spare' : 'socket');
  switch (event.type) {
    case 'OPENED':
      if (isNext && r.at.endsWith('dialing')) subscribe(r);
      return;
    case 'SUBSCRIBED':
      if (isNext && r.at.endsWith('subscribing')) admitted(r);
      return;
    case 'REFUSED':
      return refused(r, role, event.reason);
    case 'ANNOUNCED':
      if (role === 'socket' && r.at === 'admitted.retiring') serve(r);
      return;
    case 'PONG':
      return pong(r, role);
    case 'LOST':
      return lost(r, role, event.reason);
  }
}

function admitted(r: RelayModel): void {
  if (!isReplacing(r)) {
    r.does.push(`admit ${r.socket}`);
    return serve(r, 'subscribed');
  }
  Object.assign(r, { socket: r.spare, spare: 0, retiring: r.socket });
  r.does.push(`admit ${r.socket}`);
  report(r, 'admitted');
  go(r, 'admitted.retiring', 'replaced');
}

/** The relay takes no such subscription: once more in two parts, and no third time. */
function refused(r: RelayModel, role: string | undefined, reason: string): void {
  if (role === 'spare' && r.at === 'admitted.replacing.subscribing') {
    if (r.split) {
      r.split = false;
      return waitBeside(r, reason);
    }
    r.split = true;
    return subscribe(r, reason);
  }
  if (role !== 'socket' || !(isServing(r) || r.at === 'subscribing')) return;
  if (r.split) {
    r.split = false;
    return backOff(r, reason);
  }
  if (isServing(r)) {
    retire(r);
    r.spare = 0;
    keep(r);
    r.at = 'subscribing';
  }
  r.split = true;
  subscribe(r, reason);
}

function pong(r: RelayModel, role: string | undefined): void {
  if (role !== 'socket') return;
  if (r.at === 'admitted.pinging' || r.at === 'admitted.checking') return serve(r);
  if (!isReplacing(r)) return;
  r.spare = 0;
  keep(r);
  serve(r, 'late pong');
}

function lost(r: RelayModel, role: string | undefined, reason: string): void {
  if (role === 'retiring') return serve(r);
  if (role === 'spare') return besideFails(r, reason);
  if (role !== 'socket') return;
  // Somebody waits for news of this relay, since a ping is out.
  const isAsked = isReplacing(r) || r.at === 'admitted.pinging' || r.at === 'admitted.checking';
  (isAsked ? dial : backOff)(r, reason);
}

function check(r: RelayModel): void {
  if (r.at === 'admitted.checking') return;
  if (isReplacing(r)) return dialBeside(r);
  if (isServing(r)) return ping(r, 'admitted.checking');
  dial(r, 'check');
}
