/** Real links of a stranger: what he needs to write descriptions that others will take for a session. */
import type { Link, LinkFacts } from '../../../src/link/link.js';
import { weriftLinks } from '../../../src/link/werift/index.js';

const links = weriftLinks();

export async function newLink(listen: Partial<LinkFacts> = {}): Promise<Link> {
  await links.warmUp();
  const names = ['opened', 'closed', 'message', 'consentLost', 'pathAlive', 'candidate', 'drained'];
  const facts = { ...Object.fromEntries(names.map((name) => [name, () => {}])), ...listen } as unknown as LinkFacts;
  return links.create({ facts, loopbackOnly: true, iceServers: [] });
}

/** A real offer of a real link, which is closed at once: who answers it finds nobody. */
export async function newOffer(): Promise<string> {
  const link = await newLink();
  const sdp = await link.createOffer();
  await link.close();
  return sdp;
}

/** What an in-place restart looks like: the same certificate, other ICE credentials. */
export function withOtherPassword(sdp: string, round: number): string {
  return sdp
    .replace(/a=ice-ufrag:.*/g, `a=ice-ufrag:evil${round}`)
    .replace(/a=ice-pwd:.*/g, `a=ice-pwd:${String(round).padStart(24, 'x')}`);
}
