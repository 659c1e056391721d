/** Addresses that go and come: what the system says is made up here, relay and links are real. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Link, LinkFactory, LinkOptions } from '../../src/link/link.js';
import { weriftLinks } from '../../src/link/werift/index.js';
import { closeAll, type Member, newIdentities, openMember, openRelay, until } from '../support/meshes.js';

afterEach(closeAll);

/** Links on loopback, on a machine whose addresses the test gives and takes. */
class MovingLinks implements LinkFactory {
  readonly #real = weriftLinks();
  #addresses = ['10.0.0.1'];

  move(...addresses: string[]): void {
    this.#addresses = addresses;
  }

  warmUp(): Promise<void> {
    return this.#real.warmUp();
  }

  addresses(): string[] {
    return this.#addresses;
  }

  create(options: LinkOptions): Link {
    const link = this.#real.create(options);
    let gathered = [...this.#addresses];
    const restartOffer = link.restartOffer.bind(link);
    link.restartOffer = () => {
      gathered = [...this.#addresses];
      return restartOffer();
    };
    link.isUprooted = () =>
      this.#addresses.length > 0 && !gathered.some((address) => this.#addresses.includes(address));
    return link;
  }
}

/** `who` of the two, by the order of their ids, is on the machine that moves. */
async function openPair(who: 0 | 1): Promise<{ mover: Member; other: Member; links: MovingLinks }> {
  const relay = await openRelay();
  const links = new MovingLinks();
  const identities = newIdentities(2);
  const members = await Promise.all(
    identities.map((identity, index) => openMember(relay, { identity, ...(index === who && { links }) })),
  );
  const mover = members[who]!;
  const other = members[1 - who]!;
  await until(() => mover.sees(other)?.state === 'active' && other.sees(mover)?.state === 'active');
  return { mover, other, links };
}

const recoveries = ({ events }: Member) => events.flatMap((event) => (event.type === 'recovered' ? [event.via] : []));
const told = ({ events }: Member) =>
  events.flatMap((event) => (event.type === 'network-changed' ? [event.addresses.join()] : []));

async function expectTalk(a: Member, b: Member): Promise<void> {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    const heard: unknown[] = [];
    to.network.channel('chat').subscribe(({ payload }) => heard.push(payload));
    expect(from.network.channel('chat').send(to.id, 'still here').status).not.toBe('refused');
    await until(() => heard.length > 0);
  }
  expect([a.sees(b)?.epoch, b.sees(a)?.epoch], 'the session is that from before').toEqual([1, 1]);
}

describe.each([0, 1] as const)('the device of rank %i moves', (who) => {
  it('restarts in place when the address of the path is gone, and asks nobody about it first', async () => {
    const { mover, other, links } = await openPair(who);
    links.move('10.0.0.2');
    await until(() => recoveries(mover).length > 0);
    expect(recoveries(mover)).toEqual(['restart']);
    expect(told(mover)).toEqual(['10.0.0.2']);
    const reasons = mover.changes(other).map((change) => change.split(': ')[1]);
    expect(reasons).toContain('address-lost');
    expect(reasons, 'the path was not judged by its silence').not.toContain('probe-unanswered');
    await expectTalk(mover, other);
  });

  it('keeps a path that still works when another address comes', async () => {
    const { mover, other, links } = await openPair(who);
    links.move('10.0.0.1', '10.0.0.2');
    await until(() => told(mover).length > 0);
    await until(() => mover.sees(other)?.detail === 'active.steady');
    await expectTalk(mover, other);
    expect(mover.changes(other).join()).not.toMatch(/stale/);
  });

  it('asks nobody while it has no address, and restarts when it has one again', async () => {
    const { mover, other, links } = await openPair(who);
    links.move();
    await until(() => told(mover).length === 1);
    links.move('10.0.0.2');
    await until(() => recoveries(mover).length > 0);
    expect(told(mover)).toEqual(['', '10.0.0.2']);
    await expectTalk(mover, other);
  });

  it('reconnects in place when the user asks for it: one device, or all', async () => {
    const { mover, other } = await openPair(who);
    mover.network.reconnect(other.id);
    await until(() => recoveries(mover).length === 1);
    mover.network.reconnect();
    await until(() => recoveries(mover).length === 2);
    expect(recoveries(mover)).toEqual(['restart', 'restart']);
    await expectTalk(mover, other);
    expect(other.changes(mover).join(), 'nobody is told that we leave').not.toMatch(/gone/);
  });
});

it('a device that there is no session with is dialled', async () => {
  const relay = await openRelay();
  const [a, b] = await Promise.all([1, 2].map(() => openMember(relay, { silent: true })));
  await until(() => a!.sees(b!)?.state === 'sighted');
  a!.network.reconnect(b!.id);
  await until(() => a!.sees(b!)?.state === 'active');
});
