/** A stranger in the room forges everything he can against a live session: it keeps its epoch, and both directions flow. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LinkFactory } from '../../src/link/link.js';
import { weriftLinks } from '../../src/link/werift/index.js';
import type { Relay } from '../../src/relay/relay-server.js';
import {
  bothActive,
  closeAll,
  type Member,
  NumberFlow,
  newIdentities,
  openMember,
  openRelay,
  until,
} from '../support/meshes.js';
import { type Forgery, Stranger } from '../support/stranger.js';
import { newLink, newOffer, withOtherPassword } from './support/strangers-link.js';

const BOOT = 2_000_000;
const BUILDS_AT_ONCE = 8;

let relay: Relay;
let a: Member;
let b: Member;
let stranger: Stranger;
/** Of the live session: on a busy machine the first offers cross, and it is not the first one built. */
let epochs: (number | undefined)[];
let flows: NumberFlow[];
const links = countingLinks();
/** What `a` said in its previous life, signed and genuine then. */
let oldAnnounce: string;
let oldLeave: string;

beforeEach(async () => {
  relay = await openRelay();
  const [first, second] = newIdentities(2);
  const past = await openMember(relay, { identity: first!, boot: BOOT - 1 });
  stranger = await Stranger.open(relay.url, past.network.room);
  oldAnnounce = await until(() => stranger.latest('announce', past.id));
  await past.mesh.close();
  oldLeave = await until(() => stranger.latest('leave', past.id));
  links.reset();
  a = await openMember(relay, { identity: first!, boot: BOOT, links });
  b = await openMember(relay, { identity: second!, boot: BOOT, links });
  await bothActive(a, b);
  epochs = sides().map(([us, them]) => us.sees(them)?.epoch);
  flows = [new NumberFlow(a, b), new NumberFlow(b, a)];
});
afterEach(async () => {
  stranger.close();
  await closeAll();
});

/** Probes that the forgeries cause are over, nothing was lost, and it is still the same session. */
async function sessionIsUnharmed(): Promise<void> {
  await stranger.said();
  await Promise.all(flows.map((flow) => flow.flows()));
  // An unanswered probe needs up to 2 s to become a verdict: 2.5 s of flowing numbers leave no doubt.
  const sent = flows[0]!.sent;
  await until(() => flows[0]!.sent >= sent + 250);
  await Promise.all(flows.map((flow) => flow.stop()));
  await until(() => a.sees(b)?.detail === 'active.steady' && b.sees(a)?.detail === 'active.steady');
  expect(sides().map(([us, them]) => us.sees(them)?.epoch)).toEqual(epochs);
  for (const [us, them] of sides()) {
    const changes = us.changes(them);
    expect(changes.filter((change) => change.startsWith('active'))).toHaveLength(1);
    expect(changes.filter((change) => /^(stale|gone)/.test(change))).toEqual([]);
  }
  expect(links.peak()).toBeLessThanOrEqual(2 * (1 + BUILDS_AT_ONCE));
}

const sides = () => [[a, b] as const, [b, a] as const];

/** Each side suspected the other for this reason: the forgery has reached the machine. */
function wasSuspected(reason: string): void {
  for (const [us, them] of sides()) {
    expect(us.events).toContainEqual(
      expect.objectContaining({ type: 'peer', reason, peer: expect.objectContaining({ deviceId: them.id }) }),
    );
  }
}

describe('in the name of the peer', () => {
  it('announces', async () => {
    for (let round = 0; round < 10; round += 1) announceBoth('unsigned');
    await sessionIsUnharmed();
  });

  it('leaves: asked, and still there', async () => {
    leaveBoth('unsigned');
    await sessionIsUnharmed();
    wasSuspected('unsigned-leave');
  });

  it('offers of a new session', async () => {
    for (let round = 0; round < 10; round += 1) offerBoth('unsigned', await newOffer());
    await sessionIsUnharmed();
    wasSuspected('new-fingerprint');
  });

  it('restarts of this very session: the fingerprint is public', async () => {
    for (let round = 0; round < 10; round += 1) restartBoth('unsigned', round);
    await sessionIsUnharmed();
    wasSuspected('unsigned-restart');
  });

  it('answers, with the fingerprint of the peer and with another one', async () => {
    answerBoth('unsigned', await newOffer());
    await sessionIsUnharmed();
  });

  it('all of it signed by the wrong key: not even a suspicion', async () => {
    const told = b.events.length;
    for (const boot of [0, BOOT, BOOT + 1_000_000]) {
      announceBoth('signed', boot);
      leaveBoth('signed', boot);
      offerBoth('signed', await newOffer(), boot);
      restartBoth('signed', boot, boot);
      answerBoth('signed', await newOffer(), boot);
    }
    await sessionIsUnharmed();
    expect(b.events.slice(told).filter(({ type }) => type === 'peer')).toEqual([]);
  });

  it('a whole connection, and frames on its channel, but no proof', async () => {
    stranger.heard.length = 0;
    const heard: string[] = [];
    let opened = false;
    const link = await newLink({
      opened: () => {
        opened = true;
      },
      message: (data) => heard.push(String(Buffer.from(data))),
    });
    stranger.forge(a.id, { kind: 'offer', to: b.id, sdp: await link.createOffer(), neg: '' }, 'unsigned');
    await link.acceptAnswer(JSON.parse(await until(() => stranger.latest('answer', b.id))).sdp);
    await until(() => opened && heard.length > 0);
    for (const frame of [
      '{"kind":"approve"}',
      '{"kind":"deny"}',
      '{"kind":"channel","channel":"numbers","payload":-1}',
      'nonsense',
      heard[0]!, // B's own hello
    ]) {
      link.send(frame);
    }
    await sessionIsUnharmed();
    await link.close();
  });
});

it('genuine words of the past, replayed', async () => {
  const words = [oldAnnounce, oldLeave, stranger.latest('announce', a.id)!, stranger.latest('offer', a.id)!];
  for (const word of [...words, ...words]) stranger.post(word);
  await sessionIsUnharmed();
});

it('garbage in every place', async () => {
  const said = { kind: 'offer', from: a.id, to: b.id, peer_id: a.id, offer_id: '' };
  for (const sdp of ['', 'v=0', 'x'.repeat(30_000), `${await newOffer()}a=fingerprint:sha-256 00\r\n`]) {
    stranger.post(JSON.stringify({ ...said, sdp }));
    stranger.post(JSON.stringify({ ...said, kind: 'answer', sdp }));
  }
  for (const more of [{ wm: null }, { wm: { boot: -1 } }, { peer_id: b.id }, { to: null }, { kind: 'nonsense' }]) {
    stranger.post(JSON.stringify({ ...said, sdp: 'v=0', ...more }));
  }
  await sessionIsUnharmed();
});

it('three hundred devices that do not exist cost eight builds at once, and a known device still gets in', async () => {
  const [known] = newIdentities(1);
  await a.network.roster.approve(known!.deviceId, 'known');
  for (const { deviceId } of newIdentities(300)) {
    stranger.forge(deviceId, { kind: 'announce', reflection: false }, 'unsigned');
    stranger.forge(deviceId, { kind: 'offer', to: b.id, sdp: await cheapOffer(), neg: '' }, 'unsigned');
  }
  await stranger.said();
  await until(() => a.network.peers().length > 250);
  const c = await openMember(relay, { identity: known! });
  await until(() => a.sees(c)?.state === 'active');
  await sessionIsUnharmed();
  expect(a.network.peers().length).toBeLessThanOrEqual(1_000);
});

function sdpOf(kind: 'offer' | 'answer', from: Member): string {
  return JSON.parse(stranger.latest(kind, from.id)!).sdp;
}

function announceBoth(how: Forgery, boot?: number): void {
  for (const [us] of sides()) stranger.forge(us.id, { kind: 'announce', reflection: false }, how, boot);
}

function leaveBoth(how: Forgery, boot?: number): void {
  for (const [us] of sides()) stranger.forge(us.id, { kind: 'leave' }, how, boot);
}

function offerBoth(how: Forgery, sdp: string, boot?: number): void {
  const candidate = /a=(candidate:.*)/.exec(sdp)?.[1]?.trim() ?? '';
  for (const [us, them] of sides()) {
    stranger.forge(us.id, { kind: 'offer', to: them.id, sdp, neg: '' }, how, boot);
    stranger.forge(us.id, { kind: 'candidate', to: them.id, candidate }, how, boot);
  }
}

function restartBoth(how: Forgery, round: number, boot?: number): void {
  for (const [us, them] of sides()) {
    const sdp = withOtherPassword(sdpOf(us === a ? 'offer' : 'answer', us), round);
    stranger.forge(us.id, { kind: 'offer', to: them.id, sdp, neg: '' }, how, boot);
  }
}

function answerBoth(how: Forgery, foreign: string, boot?: number): void {
  for (const [us, them] of sides()) {
    for (const sdp of [withOtherPassword(sdpOf(us === a ? 'offer' : 'answer', us), 1), foreign]) {
      stranger.forge(us.id, { kind: 'answer', to: them.id, sdp, neg: '' }, how, boot);
    }
  }
}

let template: string | undefined;
let lastNumber = 0;
/** One offer for many devices: they differ in their credentials. */
async function cheapOffer(): Promise<string> {
  template ??= await newOffer();
  lastNumber += 1;
  return withOtherPassword(template, lastNumber);
}

/** The real links, counted: open ones now and at most. */
function countingLinks(): LinkFactory & { peak(): number; reset(): void } {
  const real = weriftLinks();
  let open = 0;
  let most = 0;
  return {
    warmUp: () => real.warmUp(),
    addresses: real.addresses,
    create(options) {
      const link = real.create(options);
      open += 1;
      most = Math.max(most, open);
      const close = link.close.bind(link);
      let closed = false;
      link.close = () => {
        if (!closed) open -= 1;
        closed = true;
        return close();
      };
      return link;
    },
    peak: () => most,
    reset: () => {
      open = 0;
      most = 0;
    },
  };
}
