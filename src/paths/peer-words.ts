/** What may happen to a peer next, as words of a walk. */
import type { PeerContext, PeerEvent, Shaping } from '../../machines/peer-events.js';
import { tunables as t } from '../../machines/tunables.js';
import { duration, timeWords, type View, type Word, word } from './subject.js';

/** What the choice depends on. */
type PeerView = View<Pick<PeerContext, 'epoch' | 'candidate' | 'boot' | 'sessionBoot'>>;

const BOOT = 100;
const FACTS = [
  'OPENED',
  'CLOSED',
  'CONSENT_LOST',
  'PATH_ALIVE',
  'FRAME',
  'THEY_APPROVED',
  'APPROVE_SENT',
  'DENIED',
  'VIOLATED',
  'AUTH_FAILED',
  'ANSWERED',
  'RESTART_REFUSED',
] as const;
const OWN = ['WAKE', 'DIAL', 'APPROVE', 'REMOVE', 'CLOSE'] as const;
const SHAPES: [what: string, shaping: Shaping][] = [
  ['wanted', { dials: true, keeps: true }],
  ['kept if it comes', { dials: false, keeps: true }],
  ['not wanted', { dials: false, keeps: false }],
];
const NAMES = {
  none: 'with a new fingerprint',
  current: 'to restart the session',
  candidate: 'to restart the candidate',
} as const;

const peerWord = (type: string, ...events: PeerEvent[]): Word => word(type, ...events);

/** What the link and the handshake of one session may report. */
export function sessionWords(epoch: number, whose: string, signs: boolean): Word[] {
  const authenticated = { type: 'AUTHENTICATED', epoch, boot: signs ? BOOT : 0, signs } as const;
  return [
    ...FACTS.map((type) => peerWord(type + whose, { type, epoch, reason: 'test' } as PeerEvent)),
    peerWord(`PONG after 20 ms${whose}`, { type: 'PONG', epoch, rttMs: 20 }),
    peerWord(`PONG after 300 ms${whose}`, { type: 'PONG', epoch, rttMs: 300 }),
    peerWord(`PONG after 3 s${whose}`, { type: 'PONG', epoch, rttMs: t.pingEveryTicks * t.sweepMs }),
    peerWord(`AUTHENTICATED and admitted${whose}`, { ...authenticated, admit: true }),
    peerWord(`AUTHENTICATED, not admitted${whose}`, { ...authenticated, admit: false }),
    ...[true, false].flatMap((shelved) => [
      peerWord(`THEY_SHELVED ${shelved}${whose}`, { type: 'THEY_SHELVED', epoch, shelved }),
      peerWord(`SHELVING_SENT ${shelved}${whose}`, { type: 'SHELVING_SENT', epoch, shelved }),
    ]),
  ];
}

/** What signaling may bring: unsigned, signed by the process we know, signed by its successor. */
function signals({ boot, sessionBoot }: PeerView['context']): Word[] {
  const known = sessionBoot || BOOT;
  const signers: [words: string, boot: number | null][] = [
    ['unsigned', null],
    ['signed', known],
    ['signed by a newer boot', Math.max(boot, known) + 1],
  ];
  const offers = (['none', 'current'] as const).flatMap((names) =>
    signers.map(([by, boot]) => peerWord(`OFFER ${NAMES[names]}, ${by}`, { type: 'OFFER', boot, key: 7, names })),
  );
  return [
    ...signers.map(([by, boot]) => peerWord(`ANNOUNCED ${by}`, { type: 'ANNOUNCED', boot, reflection: false })),
    peerWord('ANNOUNCED signed, a reflection', { type: 'ANNOUNCED', boot: known, reflection: true }),
    ...offers,
    peerWord(`OFFER ${NAMES.candidate}, unsigned`, { type: 'OFFER', boot: null, key: 7, names: 'candidate' }),
    peerWord('LEFT unsigned', { type: 'LEFT', boot: null }),
    peerWord('LEFT signed', { type: 'LEFT', boot: known }),
  ];
}

/** Made once: a walk asks for these words at every turn, and the longest has 900 steps. */
const SWEEPS = new Map<string, Word>();

function sweeps(count: number, silent: boolean): Word {
  const type = `${duration(count * t.sweepMs)} of ${silent ? 'silence' : 'frames'}`;
  const known = SWEEPS.get(type);
  if (known) return known;
  const made = peerWord(type, ...Array.from({ length: count }, () => ({ type: 'TICK', silent }) as const));
  SWEEPS.set(type, made);
  return made;
}

/** A run of sweeps is one step of the walk, else no path would live to see the bounds. */
function sweepRuns({ state, context }: PeerView): Word[] {
  const bounds = [1];
  if (state.startsWith('sighted')) bounds.push(t.reofferTicks, t.openTicks);
  if (state.startsWith('handshaking')) bounds.push(t.helloRetryTicks[0]!, t.staleTicks, t.handshakeTicks);
  if (state.startsWith('active')) bounds.push(t.suspectTicks, t.pruneTicks, t.staleTicks);
  if (state.startsWith('stale')) bounds.push(t.candidateTicks, t.seekEveryTicks);
  if (state === 'stale.rebuilding') bounds.push(t.stuckTicks);
  if (state === 'stale.holding' && context.candidate === 0) bounds.push(t.keepTicks);
  return [...bounds.map((count) => sweeps(count, true)), sweeps(1, false)];
}

/** `signs`: the peer signs what it says on signaling. */
export function peerWords(view: PeerView, signs: boolean): Word[] {
  const { context } = view;
  return [
    ...(context.epoch > 0 ? sessionWords(context.epoch, '', signs) : []),
    ...(context.candidate > 0 ? sessionWords(context.candidate, ' of the candidate', signs) : []),
    ...signals(context),
    ...OWN.map((type) => peerWord(type, { type })),
    peerWord('RENEW', { type: 'RENEW', reason: 'address-lost' }),
    ...SHAPES.map(([what, shaping]) => peerWord(`SHAPED: ${what}`, { type: 'SHAPED', ...shaping })),
    ...timeWords(view),
    ...sweepRuns(view),
  ];
}
