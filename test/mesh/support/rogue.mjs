/**
 * node rogue.mjs <relay>, forked: a member of "team" that admits everybody and says on all its links what no mesh of ours
 * says. What it is told over IPC is answered with the same `id`.
 */
import { RTCDtlsTransport } from 'werift';

const load = (path) => import(new URL(`../../../dist/src/${path}`, import.meta.url).href);
const { generateIdentity, Mesh } = await load('index.js');
const { weriftLinks } = await load('link/werift/index.js');
const { signedText } = await load('protocol/governance-proof.js');
const { randomBytes } = await import('node:crypto');

const [relay] = process.argv.slice(2);
const identity = generateIdentity({ randomBytes, label: 'rogue' });

/** What lies below its links: for packets that are no SCTP. */
const transports = new Set();
const start = RTCDtlsTransport.prototype.start;
RTCDtlsTransport.prototype.start = function () {
  transports.add(this);
  return start.call(this);
};

const real = weriftLinks();
const links = [];
const heard = [];
let isDeaf = false;
const mesh = await Mesh.open({
  identity,
  links: {
    warmUp: () => real.warmUp(),
    create: (options) => {
      const message = (data) => {
        heard.push(String(Buffer.from(data)));
        if (!isDeaf) options.facts.message(data);
      };
      const link = real.create({ ...options, facts: { ...options.facts, message } });
      links.push(link);
      return link;
    },
  },
});
await mesh.join({ networkId: 'team', relays: [relay], autoApprove: true, loopbackOnly: true });

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** As fast as the link takes it. Returns how many it took before it was closed. */
async function say(link, texts, times) {
  let said = 0;
  for (let round = 0; round < times; round += 1) {
    for (const text of texts) {
      let result = link.send(text.replaceAll('#', String(round + 1)));
      while (result === 'full') {
        await turn();
        result = link.send(text.replaceAll('#', String(round + 1)));
      }
      if (result === 'closed') return said;
      said += 1;
    }
  }
  return said;
}

const deeds = {
  say: async ({ texts, times }) => {
    const counts = await Promise.all(links.map((link) => say(link, texts, times)));
    return counts.reduce((sum, count) => sum + count, 0);
  },
  /** Each packet is one message of the layer below SCTP. */
  pack: async ({ packets, times }) => {
    for (let round = 0; round < times; round += 1) {
      for (const packet of packets) {
        for (const { dtls } of transports) await dtls?.send(Buffer.from(packet, 'hex')).catch(() => {});
      }
      await turn();
    }
  },
  /** A signature over a change of the network's rules. */
  sign: ({ variant }) => identity.sign(signedText('team', variant)),
  /** Its mesh hears nothing more, so it answers nothing: no ping, no call, no acknowledgement. */
  deafen: () => {
    isDeaf = true;
  },
  heard: () => heard,
};

process.on('message', async ({ id, deed, ...what }) => process.send({ id, result: (await deeds[deed](what)) ?? null }));
process.on('disconnect', () => process.exit(0));
process.send({ id: 0, result: identity.deviceId });
