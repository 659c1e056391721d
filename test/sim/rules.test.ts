/** A rule that never speaks proves nothing: each one is broken here on purpose, on a world that was well. */
import { expect, it } from 'vitest';
import type { Link, LinkFacts } from '../../src/link/link.js';
import type { MeshEvent, PeerInfo, PeerState } from '../../src/mesh/api.js';
import type { Device } from '../../src/sim/device.js';
import { watch } from '../../src/sim/invariants/index.js';
import { type Observer, World } from '../../src/sim/world.js';

interface News {
  type?: MeshEvent['type'];
  peer?: Partial<PeerInfo>;
  from?: PeerState | null;
  to?: PeerState;
  reason?: string;
}

interface Scene {
  world: World;
  a: Device;
  b: Device;
  /** As if the mesh of this device had told it. */
  tell(device: Device, event: News): void;
  /** As if `a` had told it of `b`. */
  tellOfB(event: News): void;
}

const SEED = 5;
const KEEPALIVE = Buffer.from('{"kind":"channel","channel":"keepalive","payload":null}');

async function wellWorld() {
  const world = new World({ seed: SEED, nodes: 3 });
  const observers: Observer[] = [];
  const observe = world.observe.bind(world);
  world.observe = (observer) => {
    observers.push(observer);
    observe(observer);
  };
  const { violations } = watch(world);
  for (const device of world.devices) await world.start(device);
  expect(await world.until(() => world.converged(), 60_000), `seed ${SEED}`).not.toBeNull();
  await world.advance(40_000);
  expect(violations).toEqual([]);
  const [a, b] = world.devices as [Device, Device];
  const tell = (device: Device, event: News) => {
    for (const observer of observers) observer.event?.(device, event as unknown as MeshEvent);
  };
  const tellOfB = ({ peer, ...event }: News) => {
    tell(a, { type: 'peer', ...event, peer: { deviceId: b.id, detail: '', epoch: 0, ...peer } });
  };
  return { scene: { world, a, b, tell, tellOfB } satisfies Scene, violations };
}

/** A link that tells nobody anything. */
function newLink(world: World, host: Device): Link {
  const ignore = () => {};
  const facts: LinkFacts = {
    opened: ignore,
    closed: ignore,
    message: ignore,
    consentLost: ignore,
    pathAlive: ignore,
    candidate: ignore,
    drained: ignore,
    serverFailed: ignore,
  };
  return world.links.factoryFor(host).create({ facts, iceServers: [], loopbackOnly: true });
}

const linkTo = ({ world }: Scene, from: Device, to: Device) =>
  [...world.links.linksOf(from)].find(({ far }) => far?.host === to)!;

const broken: [rule: string, how: string, wreck: (scene: Scene) => void | Promise<void>][] = [
  [
    'I0',
    'a callback throws',
    ({ a }) => {
      a.process.later(0, () => {
        throw new Error('oops');
      });
    },
  ],
  [
    'I1',
    'an epoch goes back',
    ({ tellOfB }) => {
      tellOfB({ from: 'active', to: 'active', peer: { epoch: 9 } });
      tellOfB({ from: 'active', to: 'active', peer: { epoch: 8 } });
    },
  ],
  [
    'I1',
    'links pile up',
    ({ world, a }) => {
      for (let i = 0; i < 5; i += 1) {
        newLink(world, a);
      }
    },
  ],
  [
    'I2',
    'a link of a pair that is well closes',
    (scene) => {
      void linkTo(scene, scene.a, scene.b).close();
    },
  ],
  ['I3', 'a peer that is there goes stale', ({ world, b }) => world.freeze(b, 20_000)],
  [
    'I5',
    'active without an approval over the link',
    async ({ world, a, b }) => {
      for (const { seen } of world.links.linksOf(a)) seen.approveReceived = false;
      await world.freeze(b, 20_000);
    },
  ],
  [
    'I6',
    'a session that only one end believes in',
    async (scene) => {
      const { world, a, b } = scene;
      await world.disturb();
      world.net.disturb({
        affects: (from, to) => (from === a && to === b) || (from === b && to === a),
        worsen: (conditions) => {
          conditions.cut = true;
        },
      });
      const atA = linkTo(scene, a, b);
      void linkTo(scene, b, a).close();
      for (let i = 0; i < 60; i += 1) {
        atA.hear(KEEPALIVE);
        await world.advance(1_000);
      }
    },
  ],
  [
    'I7',
    'a message of somebody who is not admitted',
    ({ world, a, b }) => {
      a.believes.set(b.id, { state: 'handshaking', detail: 'handshaking.authenticating', epoch: 1 });
      for (const each of world.devices) each.network?.channel('plain').send(a.id, { boot: each.boot, number: 1e6 });
    },
  ],
  [
    'I8',
    'a handshake that does not end',
    async ({ world, a, b }) => {
      a.believes.set(b.id, { state: 'handshaking', detail: 'handshaking.authenticating', epoch: 1 });
      await world.advance(60_000);
    },
  ],
  [
    'I9',
    'an answer to another offer',
    async ({ world, a, b }) => {
      const [left, right] = [newLink(world, a), newLink(world, b)];
      const wait = async <T>(promise: Promise<T>) => {
        await world.advance(10);
        return promise;
      };
      const answer = await wait(right.acceptOffer(await wait(left.createOffer())));
      await wait(left.createOffer());
      await wait(left.acceptAnswer(answer));
    },
  ],
  [
    'I11',
    'a peer is judged for a pause of our own',
    async ({ world, a, tellOfB }) => {
      await world.freeze(a, 20_000);
      tellOfB({ from: 'active', to: 'stale', reason: 'silent' });
    },
  ],
  [
    'I13',
    'a device that has left is dialled again and again',
    async ({ world, b, tellOfB }) => {
      await world.stop(b);
      for (let i = 0; i < 5; i += 1) tellOfB({ from: 'sighted', to: 'sighted', peer: { detail: 'sighted.offering' } });
    },
  ],
  ['I14', 'a leave that nobody said', ({ tellOfB }) => tellOfB({ from: 'active', to: 'gone', reason: 'left' })],
  [
    'I14',
    'an unsigned leave of somebody who answers',
    ({ tellOfB }) => tellOfB({ from: 'active', to: 'gone', reason: 'left-unanswered' }),
  ],
  [
    'I16',
    'a wake that nobody is told of',
    async ({ world, a, tell }) => {
      tell(a, { type: 'woke' });
      await world.advance(10_000);
    },
  ],
  [
    'I17',
    'a restart that there was not',
    ({ tellOfB }) => tellOfB({ from: 'active', to: 'sighted', reason: 'peer-restarted' }),
  ],
  [
    'I17',
    'a process that has ended is still talked to',
    async ({ world, a, b }) => {
      a.process.receive = () => {}; // it hears nothing, and believes on
      await world.kill(b);
      await world.start(b);
      await world.advance(20_000);
    },
  ],
  [
    'I19',
    'an announce while nothing happens',
    async ({ world, a, tell }) => {
      await world.advance(100_000);
      tell(a, { type: 'announced', reason: 'reflection' });
    },
  ],
  [
    'I19',
    'announces in too quick a cadence',
    ({ a, tell }) => {
      tell(a, { type: 'announced', reason: 'cadence' });
      tell(a, { type: 'announced', reason: 'cadence' });
    },
  ],
  [
    'I20',
    'a flood of announces',
    ({ a, tell }) => {
      for (let i = 0; i < 100; i += 1) tell(a, { type: 'announced', reason: 'reflection' });
    },
  ],
  [
    'I20',
    'a flood of dials',
    ({ tellOfB }) => {
      for (let i = 0; i < 20; i += 1) tellOfB({ from: 'sighted', to: 'sighted', peer: { detail: 'sighted.offering' } });
    },
  ],
  [
    'I21',
    'a backlog is worked off offer by offer',
    async ({ world, a }) => {
      await world.freeze(a, 20_000);
      for (let i = 0; i < 10; i += 1) {
        newLink(world, a);
      }
    },
  ],
  [
    'I22',
    'timers pile up',
    ({ a }) => {
      for (let i = 0; i < 500; i += 1) a.process.later(60_000, () => {});
    },
  ],
  ['I23', 'a change that does not follow from the last', ({ tellOfB }) => tellOfB({ from: 'stale', to: 'active' })],
  [
    'I23',
    'a state is left out',
    ({ tellOfB }) => {
      tellOfB({ from: 'active', to: 'gone' });
      tellOfB({ from: null, to: 'active' });
    },
  ],
  [
    'I24',
    'a link that the shape does not want',
    async ({ world }) => {
      world.wants = () => false;
      await world.advance(130_000);
    },
  ],
  [
    'I25',
    'a message arrives twice',
    (scene) => {
      const message = { kind: 'channel', channel: 'plain', payload: { boot: scene.b.boot, number: 1e6 } };
      const link = linkTo(scene, scene.a, scene.b);
      for (let i = 0; i < 2; i += 1) link.hear(Buffer.from(JSON.stringify(message)));
    },
  ],
  [
    'I27',
    'a pause that is not noticed',
    async ({ world, a }) => {
      a.process.clocks = () => ({ monoMs: 0, wallMs: 0, bootMs: 0 });
      await world.freeze(a, 20_000);
    },
  ],
];

it.each(broken)('%s: %s', async (rule, _, wreck) => {
  const { scene, violations } = await wellWorld();
  await wreck(scene);
  await scene.world.advance(2_000);
  expect(violations.map((each) => each.rule)).toContain(rule);
});
