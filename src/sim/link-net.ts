/** Where simulated links live: ports, and what carries their datagrams. */
import type { LinkFactory } from '../link/link.js';
import { type Datagram, SimLink } from './link.js';
import type { Loop } from './loop.js';
import type { Net, ProcessHost } from './net.js';
import type { Rng } from './rng.js';

export class LinkNet {
  readonly #loop: Loop;
  readonly #net: Net;
  readonly #rng: Rng;
  readonly #links = new Map<number, SimLink>();
  readonly #byHost = new Map<ProcessHost, Set<SimLink>>();
  /** Links that ask nobody for consent, because they would get it. */
  readonly #resting = new Set<SimLink>();
  #lastPort = 0;
  /** Grows whenever a link comes, goes or gets another path. */
  version = 0;
  /** Nothing is taken for granted. */
  exact = false;
  /** An answer was applied to an offer that it does not answer. */
  foreignAnswer: (link: SimLink) => void = () => {};
  created: (link: SimLink) => void = () => {};

  constructor(loop: Loop, net: Net, rng: Rng) {
    this.#loop = loop;
    this.#net = net;
    this.#rng = rng;
  }

  factoryFor(host: ProcessHost): LinkFactory {
    return {
      warmUp: async () => {},
      addresses: () => [String(host.address)],
      create: ({ facts }) => {
        const link = new SimLink(this, host, this.#rng.fork(`link ${this.#lastPort}`), facts);
        this.created(link);
        return link;
      },
    };
  }

  /** Links that are not closed, by the host they are on. */
  linksOf(host: ProcessHost): ReadonlySet<SimLink> {
    return this.#byHost.get(host) ?? new Set();
  }

  bind(link: SimLink): number {
    this.version += 1;
    this.#lastPort += 1;
    this.#links.set(this.#lastPort, link);
    const ofHost = this.#byHost.get(link.host) ?? new Set();
    this.#byHost.set(link.host, ofHost.add(link));
    return this.#lastPort;
  }

  unbind(link: SimLink): void {
    this.version += 1;
    this.#links.delete(link.port);
    this.#byHost.get(link.host)?.delete(link);
  }

  /** All sockets of a process that was killed. */
  release(host: ProcessHost): void {
    for (const link of [...this.linksOf(host)]) this.unbind(link);
  }

  linkAt(address: string): SimLink | undefined {
    return this.#links.get(Number(address.split('/')[2]));
  }

  unsettled(): void {
    this.#loop.unsettled();
  }

  /** Would a check along the path of this link be answered at once? Then nobody needs to send it. */
  wouldAnswer(link: SimLink): boolean {
    const { far } = link;
    if (!far || far.isClosed || far.far !== link || !far.process.runs) return false;
    return link.hasValidPath && far.hasValidPath && !this.#net.isDisturbed(link.host, far.host);
  }

  /** Like `wouldAnswer`, until `endRest` or until either end changes. */
  restsAssured(link: SimLink): boolean {
    if (this.exact || !this.wouldAnswer(link)) return false;
    this.#resting.add(link);
    return true;
  }

  endRest(): void {
    this.version += 1;
    const resting = [...this.#resting];
    this.#resting.clear();
    for (const link of resting) link.endRest();
  }

  changed(link: SimLink): void {
    this.version += 1;
    for (const each of [link, link.far]) if (each && this.#resting.delete(each)) each.endRest();
  }

  /** From the mapping that the sender has now. */
  emit(link: SimLink, to: string, datagram: Datagram): void {
    const target = this.linkAt(to);
    if (!target) return;
    const { host, process } = target;
    const from = `${link.host.name}/${link.host.mapping}/${link.port}`;
    const mapping = Number(to.split('/')[1]);
    this.#net.send(link.host, host, () => {
      if (host.mapping === mapping) process.receive('datagram', () => target.receive(from, datagram));
    });
  }
}
