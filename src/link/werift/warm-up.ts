/** The first connection of a process costs 200-300 ms of compiling: one that nobody needs pays for it. */
import type { Link, LinkFacts, LinkOptions } from '../link.js';

const silent: LinkFacts = {
  opened() {},
  closed() {},
  message() {},
  consentLost() {},
  pathAlive() {},
  candidate() {},
  drained() {},
};

export async function connectToItself(create: (options: LinkOptions) => Link): Promise<void> {
  const links: Link[] = [];
  const open = (opened: () => void, closed: (reason: string) => void) => {
    const link = create({ facts: { ...silent, opened, closed }, loopbackOnly: true, iceServers: [] });
    links.push(link);
    return link;
  };
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (reason: string) => reject(new Error(reason));
      const offerer = open(resolve, fail);
      const answerer = open(() => {}, fail);
      offerer
        .createOffer()
        .then((offer) => answerer.acceptOffer(offer))
        .then((answer) => offerer.acceptAnswer(answer))
        .catch(reject);
    });
  } finally {
    await Promise.all(links.map((link) => link.close()));
  }
}
