/** Real links of one mesh, in the hands of the test: it ends them from below, or says on them what no mesh of ours says. */
import type { Link, LinkFactory } from '../../src/link/link.js';
import { weriftLinks } from '../../src/link/werift/index.js';

export class MemberLinks implements LinkFactory {
  readonly #real = weriftLinks();
  readonly #links: Link[] = [];
  #cutNewest = () => {};
  #forbidden = '';

  warmUp(): Promise<void> {
    return this.#real.warmUp();
  }

  addresses(loopbackOnly: boolean): string[] {
    return this.#real.addresses(loopbackOnly);
  }

  create(options: Parameters<LinkFactory['create']>[0]): Link {
    const link = this.#real.create(options);
    const send = link.send.bind(link);
    const cut = () => {
      link.close().catch(() => {});
      options.facts.closed('cut by the test');
    };
    link.send = (data) => {
      if (!this.#forbidden || !String(data).includes(this.#forbidden)) return send(data);
      this.#forbidden = '';
      cut();
      return 'closed';
    };
    this.#links.push(link);
    this.#cutNewest = cut;
    return link;
  }

  /** Ends the newest link as a network fault would. */
  cut(): void {
    this.#cutNewest();
  }

  /** The same at the moment when a frame of this kind should go out, which does not. */
  cutInsteadOf(kind: string): void {
    this.#forbidden = `"kind":"${kind}"`;
  }

  /** Any text, on the newest link. */
  say(text: string | object): void {
    this.#links.at(-1)?.send(typeof text === 'string' ? text : JSON.stringify(text));
  }
}
