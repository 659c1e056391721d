/** The first connection of a process costs 200-300 ms of compiling: one that nobody needs pays for it. */
import type { Link, LinkFacts, LinkOptions } from '../link.js';

/** Where not even loopback carries datagrams, the start must not wait for ever. */
const GIVE_UP_AFTER_MS = 5_000;

const silent: LinkFacts = {
  opened() {},
  closed() {},
  message() {},
  consentLost() {},
  pathAlive() {},
  candidate() {},
  serverFailed() {},
  drained() {},
};

export async function connectToItself(create: (options: LinkOptions) => Link): Promise<void> {
  const links: Link[] = [];
  let giveUp: NodeJS.Timeout | undefined;
  const open = (opened: () => void, closed: (reason: string) => void) => {
    const link = create({ facts: { ...silent, opened, closed }, loopbackOnly: true, iceServers: [] });
    links.push(link);
    return link;
  };
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (reason: string) => reject(new Error(reason));
      giveUp = setTimeout(fail, GIVE_UP_AFTER_MS, `not connected within ${GIVE_UP_AFTER_MS} ms`);
      const offerer = open(resolve, fail);
      const answerer = open(() => {}, fail);
      offerer
        .createOffer()
        .then((offer) => answerer.acceptOffer(offer))
        .then((answer) => offerer.acceptAnswer(answer))
        .catch(reject);
    });
  } finally {
    clearTimeout(giveUp);
    await Promise.all(links.map((link) => link.close()));
  }
}
