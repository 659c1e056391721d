/** The relay machine in lockstep with its model. */
import { beforeAll, expect, it, vi } from 'vitest';
import { relayMachine } from '../../../machines/relay.js';
import { relaySubject } from '../../../src/paths/relay-subject.js';
import { word } from '../../../src/paths/subject.js';
import { Rng } from '../../../src/sim/rng.js';
import { Lockstep, type Watch } from './lockstep.js';
import { relayModel } from './relay-model.js';

const SEED = 20_261_124;

// Long work, and on a busy machine longer: these only end what hangs.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const lockstep = new Lockstep({
  machine: relayMachine,
  effect: relaySubject.effect,
  input: { url: 'ws://relay' },
  model: relayModel,
  words: (view) => [...relaySubject.words(view), word('frozen for 12 s', { type: 'FREEZE', ms: 12_000 })],
  key: ({ at, failures, split }) => [at, failures, split].join('|'),
});

/** Numbers of failed attempts and of sockets come out when time goes on, when all goes well, and when all is lost. */
const SUFFIXES = [
  ['time', 'time', 'time', 'time', 'time'],
  ['OPENED', 'SUBSCRIBED', 'OPENED of the spare socket', 'SUBSCRIBED of the spare socket', 'time', 'time'],
  ['REFUSED', 'LOST', 'time', 'LOST', 'LOST of the spare socket', 'time'],
];

/** The sockets that are open are those that the machine names; admitted means that one is in use. */
function watch(): Watch {
  let open: unknown[] = [];
  return ({ state, effects, facts }) => {
    for (const effect of effects) {
      const [verb, ...rest] = effect.split(' ');
      if (verb === 'dial') open.push(Number(rest[0]));
      if (verb === 'keep') open = open.filter((socket) => rest.includes(String(socket)));
    }
    const named = [facts.socket, facts.spare, facts.retiring].filter((socket) => socket !== 0);
    expect([...open].sort()).toEqual(named.sort());
    if (state.startsWith('admitted')) expect(facts.socket).not.toBe(0);
  };
}

let edges: ReturnType<typeof lockstep.edges> = [];
beforeAll(() => {
  edges = lockstep.edges();
});

it('what the model foretells is seen on every edge and after it', () => {
  expect(edges.length).toBeGreaterThan(2_000);
  lockstep.goOn(edges, SUFFIXES);
});

it(`and on random walks of a live actor, seed ${SEED}`, () => {
  lockstep.walk(edges, new Rng(SEED), { walks: 250, length: 40 }, watch);
});

it('every transition of the chart was taken', () => {
  expect(lockstep.missed()).toEqual([]);
});

it('there is a way to `admitted` from every state but the final one', () => {
  const reaching = new Set(
    edges.filter(({ from }) => from.state.at.startsWith('admitted')).map(({ from }) => from.state.at),
  );
  for (let before = 0; before !== reaching.size; ) {
    before = reaching.size;
    for (const { from, to } of edges) if (reaching.has(to.state.at)) reaching.add(from.state.at);
  }
  expect([...new Set(edges.map(({ from }) => from.state.at))].filter((at) => !reaching.has(at))).toEqual([]);
});
