/**
 * Seeded random walks over the shipped machine, with every transition counted by its place in the chart: one that no
 * walk takes fails the test, and after each step the invariants must hold.
 */
import { afterAll, expect, it } from 'vitest';
import type { AnyStateNode, InspectionEvent } from 'xstate';
import { peerMachine } from '../../machines/peer.js';
import type { PeerEvent, Shaping } from '../../machines/peer-events.js';
import { tunables } from '../../machines/tunables.js';
import { activePeer, BOOT, type PeerOptions, type PeerUnderTest, stalePeer, startPeer } from './support/peer-host.js';

// Short bounds, so that a walk reaches them: the guards read them at run time.
Object.assign(tunables, {
  staleTicks: 3,
  pingEveryTicks: 1,
  suspectTicks: 1,
  openTicks: 3,
  forgetTicks: 4,
  sightTicks: 6,
  pruneTicks: 2,
  handshakeTicks: 3,
  helloRetryTicks: [1],
  candidateTicks: 3,
  stuckTicks: 1,
  keepTicks: 12,
  seekEveryTicks: 4,
  redialTicks: [1, 2],
  renewedTicks: 2,
  reflectActiveTicks: 2,
});

const WALKS = 5_000;
const STEPS = 60;
const SEED = 20_261_124;

const placeOf = (source: AnyStateNode, eventType: string, rank: number) => `${source.id} ${eventType} #${rank}`;
const places = new Map<string, string>();
const visit = (node: AnyStateNode): void => {
  const ranks = new Map<string, number>();
  for (const transition of [...[...node.transitions.values()].flat(), ...(node.always ?? [])]) {
    const rank = ranks.get(transition.eventType) ?? 0;
    ranks.set(transition.eventType, rank + 1);
    places.set(placeOf(node, transition.eventType, rank), transition.target?.map(({ id }) => id).join() ?? '(stays)');
  }
  for (const child of Object.values(node.states)) visit(child as AnyStateNode);
};
visit(peerMachine.root);

const taken = new Set<string>();
const count = (event: InspectionEvent): void => {
  if (event.type !== '@xstate.microstep') return;
  for (const transition of event._transitions) {
    const source = transition.source as AnyStateNode;
    const siblings = [...[...source.transitions.values()].flat(), ...(source.always ?? [])].filter(
      ({ eventType }) => eventType === transition.eventType,
    );
    taken.add(placeOf(source, transition.eventType, siblings.indexOf(transition as never)));
  }
};

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Active, with a candidate beside the session whose channel is open. */
function withCandidate(options: PeerOptions): PeerUnderTest {
  const peer = activePeer(options);
  peer.send({ type: 'OFFER', boot: BOOT, key: 2, names: 'none' }, { type: 'OPENED', epoch: 2 });
  return peer;
}

/** Active, and neither end needs the link. */
function shelvedPeer(options: PeerOptions): PeerUnderTest {
  const peer = activePeer(options);
  peer.send({ type: 'SHAPED', dials: false, keeps: false }, { type: 'SHELVING_SENT', epoch: 1, shelved: true });
  peer.send({ type: 'THEY_SHELVED', epoch: 1, shelved: true });
  return peer;
}

/** Silent, not signing, and living: an offer of its own, or one of ours, is out. */
async function repairingUpstream(options: PeerOptions): Promise<PeerUnderTest> {
  const peer = await stalePeer({ ...options, signs: false });
  peer.send(...(options.known ? [OFFER_OF_UPSTREAM] : [ANNOUNCE_OF_UPSTREAM]));
  if (!options.known) peer.clock.advance(tunables.verifyPings * tunables.probeFloorMs);
  return peer;
}

/** Not signing, and about to be judged, or to be believed that it leaves. */
async function doubtedUpstream(options: PeerOptions): Promise<PeerUnderTest> {
  const leaves = options.known === true;
  const peer = await (leaves && options.offersFirst ? stalePeer : activePeer)({
    ...options,
    signs: false,
    turns: leaves,
  });
  if (leaves) peer.send(LEAVE_OF_UPSTREAM, { type: 'PONG', epoch: 1, rttMs: 1 });
  else for (let tick = 0; tick < tunables.staleTicks; tick += 1) peer.send({ type: 'TICK', silent: true });
  return peer;
}
const LEAVE_OF_UPSTREAM: PeerEvent = { type: 'LEFT', boot: null };
const ANNOUNCE_OF_UPSTREAM: PeerEvent = { type: 'ANNOUNCED', boot: null, reflection: false };
const OFFER_OF_UPSTREAM: PeerEvent = { type: 'OFFER', boot: null, key: 2, names: 'current' };

const SHAPINGS: Shaping[] = [
  { dials: true, keeps: true },
  { dials: false, keeps: true },
  { dials: false, keeps: false },
];

function nextEvent(peer: PeerUnderTest, roll: () => number): PeerEvent {
  const pick = <T>(...options: T[]): T => options[Math.floor(roll() * options.length)] as T;
  const { epoch, candidate, boot } = peer.context();
  const aged = pick(epoch, epoch, epoch, candidate, candidate, 77);
  const signed = pick(null, BOOT, BOOT, Math.max(boot, BOOT), boot + (roll() < 0.06 ? 1 : 0));
  const events: PeerEvent[] = [
    { type: 'ANNOUNCED', boot: signed, reflection: roll() < 0.3 },
    {
      type: 'OFFER',
      boot: signed,
      key: 1 + Math.floor(roll() * 9),
      names: pick('current', 'candidate', 'none', 'none'),
    },
    { type: 'OPENED', epoch: aged },
    { type: 'OPENED', epoch: aged },
    { type: 'FRAME', epoch: roll() < 0.4 ? aged : 77 },
    { type: 'AUTHENTICATED', epoch: aged, boot: pick(0, BOOT, boot), signs: roll() < 0.6, admit: roll() < 0.8 },
    { type: 'AUTHENTICATED', epoch: aged, boot: Math.max(boot, BOOT), signs: true, admit: true },
    { type: 'THEY_APPROVED', epoch: aged },
    { type: 'APPROVE_SENT', epoch: aged },
    { type: 'APPROVE_SENT', epoch },
    { type: 'THEY_APPROVED', epoch },
    { type: 'PATH_ALIVE', epoch: aged },
    { type: 'CONSENT_LOST', epoch: aged },
    { type: 'PONG', epoch: aged, rttMs: pick(1, 300, 9_000) },
    { type: 'ANSWERED', epoch: aged },
    { type: 'THEY_SHELVED', epoch: aged, shelved: roll() < 0.7 },
    { type: 'SHELVING_SENT', epoch: aged, shelved: roll() < 0.7 },
    { type: 'TICK', silent: roll() < 0.8 },
    { type: 'TICK', silent: true },
    { type: 'TICK', silent: true },
    { type: 'WAKE' },
  ];
  const rare: PeerEvent[] = [
    { type: 'LEFT', boot: pick(null, null, boot, BOOT, 5) },
    { type: 'CLOSED', epoch: aged, reason: 'closed' },
    { type: 'AUTH_FAILED', epoch: aged, reason: 'bad-signature' },
    { type: 'DENIED', epoch: aged },
    { type: 'VIOLATED', epoch: aged },
    { type: 'RESTART_REFUSED', epoch: aged },
    { type: 'DIAL' },
    { type: 'SHAPED', ...pick(...SHAPINGS) },
    { type: 'APPROVE' },
    { type: 'REMOVE' },
    { type: 'CLOSE' },
  ];
  return roll() < 0.07 ? pick(...rare) : pick(...events);
}

it(`${WALKS} walks of ${STEPS} steps, seed ${SEED}`, async () => {
  const roll = random(SEED);
  for (let walk = 0; walk < WALKS; walk += 1) {
    const options = { offersFirst: roll() < 0.5, signs: roll() < 0.6, known: roll() < 0.5, inspect: count };
    const starts = [
      startPeer,
      activePeer,
      withCandidate,
      shelvedPeer,
      stalePeer,
      stalePeer,
      stalePeer,
      repairingUpstream,
      doubtedUpstream,
      doubtedUpstream,
    ];
    const peer = await (starts[walk % starts.length] as typeof stalePeer)(options);
    let lastEpoch = 0;
    const trace: string[] = [];
    for (let step = 0; step < STEPS && peer.state() !== 'gone'; step += 1) {
      if (roll() < 0.25) {
        peer.clock.advance(Math.floor(roll() * 2_500));
        trace.push('wait');
      } else {
        const event = nextEvent(peer, roll);
        trace.push(event.type);
        peer.send(event);
      }
      if (roll() < 0.5) await peer.turn();
      const context = peer.context();
      const state = peer.state();
      const about = `seed ${SEED} walk ${walk}: ${trace.join(' ')} → ${state}`;
      expect(context.lastEpoch, about).toBeGreaterThanOrEqual(lastEpoch);
      expect(context.candidate === 0 || context.candidate !== context.epoch, about).toBe(true);
      if (state.startsWith('active') || state.startsWith('stale')) {
        expect([context.authenticated, context.approvedByUs, context.approvedByThem], about).toEqual([
          true,
          true,
          true,
        ]);
      }
      if (state === 'gone') expect([context.epoch, context.candidate], about).toEqual([0, 0]);
      lastEpoch = context.lastEpoch;
    }
    peer.stop();
    expect(peer.clock.pending).toBe(0);
  }
}, 120_000);

afterAll(() => {
  const missed = [...places].filter(([place]) => !taken.has(place)).map(([place, target]) => `${place} → ${target}`);
  expect(missed, `transitions that no walk took (of ${places.size})`).toEqual([]);
});
