/** The peer machine in lockstep with its model. */
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { peerMachine } from '../../../machines/peer.js';
import { tunables as t } from '../../../machines/tunables.js';
import { peerSubject } from '../../../src/paths/peer-subject.js';
import { peerWords, sessionWords } from '../../../src/paths/peer-words.js';
import { word } from '../../../src/paths/subject.js';
import { Rng } from '../../../src/sim/rng.js';
import { Lockstep, type Watch } from './lockstep.js';
import { peerModel } from './peer-model.js';
import { type PeerModel, phase } from './peer-state.js';

const SEED = 20_261_124;

// Long work, and on a busy machine longer: these only end what hangs.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

/** An epoch that no walk comes to. */
const LONG_GONE = 1_000_000;
const FROZEN = word('frozen for 3 s', { type: 'FREEZE', ms: 3_000 });

/** Silence, tries, candidates and approvals come out when time goes on, with sweeps, when all goes well and when it falls. */
const SUFFIXES = [
  ['time', 'time', 'time', 'time', 'time', 'time'],
  ['1 s of silence', '1 s of silence', 'ANNOUNCED unsigned', '9 s of silence', 'time', '15 s of silence', 'time'],
  ['OPENED', 'AUTHENTICATED and admitted', 'APPROVE_SENT', 'THEY_APPROVED', 'FRAME', 'ANNOUNCED signed', 'time'],
  ['CLOSED', 'OPENED', 'AUTHENTICATED and admitted', 'APPROVE_SENT', '1 s of silence', 'CLOSED', '1 s of silence'],
  ['LEFT unsigned', 'OFFER to restart the session, unsigned', 'time', 'time', 'time', 'WAKE', 'time', 'FRAME'],
];

const KINDS = [
  { who: 'we offer first, the peer signs', offersFirst: true, known: false, signs: true, suffixes: SUFFIXES },
  {
    who: 'a rostered peer of upstream offers first',
    offersFirst: false,
    known: true,
    signs: false,
    suffixes: SUFFIXES,
  },
  // The two mixed kinds hide nothing more: edges and random walks are enough.
  { who: 'we offer first, a stranger of upstream', offersFirst: true, known: false, signs: false, suffixes: [] },
  { who: 'the peer offers first and signs', offersFirst: false, known: false, signs: true, suffixes: [] },
];

const lockstepOf = ({ offersFirst, known, signs }: (typeof KINDS)[number]) =>
  new Lockstep({
    machine: peerMachine,
    effect: peerSubject.effect,
    input: { id: 'peer', offersFirst, known, lastEpoch: 0 },
    model: peerModel({ offersFirst, known }),
    words: (view) => [...peerWords(view, signs), FROZEN],
    vainWords: [
      ...sessionWords(LONG_GONE, ' of a session long gone', signs),
      ...sessionWords(0, ' of no session', signs),
    ],
    key: keyOf,
  });

/** The sessions that are open are those that the machine names, and none is used that was not admitted both ways. */
function watch(): Watch {
  const open = new Set<unknown>();
  let lastEpoch = 0;
  return ({ state, effects, facts }, step) => {
    if (step?.type === 'CLOSED') open.delete(step.epoch);
    for (const effect of effects) {
      const [verb = '', epoch] = effect.split(' ');
      if (verb.startsWith('open')) open.add(Number(epoch));
      if (verb === 'closeSession') open.delete(Number(epoch));
    }
    const { epoch, candidate, authenticated, approvedByUs, approvedByThem } = facts;
    expect(open).toEqual(new Set([epoch, candidate].filter((each) => each !== 0)));
    if (/^(active|stale)/.test(state)) expect([authenticated, approvedByUs, approvedByThem]).not.toContain(false);
    if (state === 'gone') expect(open.size).toBe(0);
    expect(facts.lastEpoch).toBeGreaterThanOrEqual(lastEpoch);
    lastEpoch = facts.lastEpoch as number;
  };
}

const missed = new Map<string, string[]>();

describe.each(KINDS)('$who', (kind) => {
  const lockstep = lockstepOf(kind);
  let edges: ReturnType<typeof lockstep.edges> = [];
  beforeAll(() => {
    edges = lockstep.edges();
  });

  it('what the model foretells is seen on every edge and after it', () => {
    expect(edges.length).toBeGreaterThan(12_000);
    lockstep.goOn(edges, kind.suffixes);
  });

  it(`and on random walks of a live actor, seed ${SEED}`, () => {
    lockstep.walk(edges, new Rng(SEED), { walks: 250, length: 60 }, watch);
    missed.set(kind.who, lockstep.missed());
  });
});

it('every transition of the chart was taken', () => {
  expect(missed.size).toBe(KINDS.length);
  const [first = [], ...others] = [...missed.values()];
  expect(first.filter((place) => others.every((list) => list.includes(place)))).toEqual([]);
});

/** The first trait that holds stands for all: every rule is met without the product of all of them. */
function keyOf(p: PeerModel): string {
  const { at, session, rival, doubt } = p;
  const isIn = phase(p);
  const traits: (string | false | undefined | null)[] = [
    at === 'active.shelved' &&
      `${session!.shelved.byUs} ${session!.shelved.byThem} ${session!.silent >= t.suspectTicks}`,
    !p.keeps && 'not wanted',
    !p.dials && 'not dialled',
    at === 'stale.rebuilding' && rival?.unanswered && `rival unanswered ${rival.ticks >= t.stuckTicks}`,
    at === 'stale.rebuilding' && rival && rival.ticks >= t.stuckTicks && `rival stuck ${rival.open}`,
    rival && `rival ${rival.open} ${rival.ticks >= t.reofferTicks}`,
    session?.leaveClaimed && 'leave claimed',
    session && session.heldOffer > 0 && 'offer held',
    isIn === 'handshaking' && session!.pathLost > 0 && 'path lost',
    isIn === 'handshaking' && p.ticks >= t.helloRetryTicks[0]! - 1 && 'hello due',
    isIn === 'handshaking' && `approved ${session!.approved.byThem} ${session!.admitted}`,
    at === 'active.judging' && session!.silent >= t.staleTicks && 'long silent',
    isIn === 'active' && doubt.evidence && 'evidence',
    isIn === 'active' && session!.silent >= t.suspectTicks && 'suspect',
    isIn === 'stale' && doubt.renewed > 0 && 'renewed',
    at === 'stale.probing' && doubt.evidence && p.reason === 'woke' && 'woke',
    isIn === 'stale' && doubt.evidence && 'evidence',
    at === 'sighted.offering' && p.ignoredOffers > 0 && `ignored ${p.ignoredOffers} ${session!.unanswered}`,
    at === 'sighted.offering' && !session!.unanswered && 'answered',
    isIn === 'sighted' && p.wasActive && `was active ${p.redials}`,
    isIn === 'sighted' && p.ticks >= t.reofferTicks && 'offer old',
    isIn === 'sighted' && p.boot > 0 && 'signs',
  ];
  const count = /verifying|probing/.test(at) ? doubt.probes : at === 'stale.restarting' ? doubt.restarts : 0;
  return [at, traits.find((trait) => typeof trait === 'string'), count].join('|');
}
