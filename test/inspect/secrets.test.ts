import { afterEach, expect, it } from 'vitest';
import { fallbackMachine } from '../../machines/fallback.js';
import { lanMachine } from '../../machines/lan.js';
import { newPeerContext } from '../../machines/peer-events.js';
import { newRelayContext } from '../../machines/relay-events.js';
import { encodeBase32 } from '../../src/identity/base32.js';
import { generateIdentity } from '../../src/identity/keys.js';
import { LiveSource } from '../../src/inspect/live-source.js';
import { logMessageOf } from '../../src/inspect/log-lines.js';
import { cleanText, sanitize } from '../../src/inspect/sanitize.js';
import type { Link, LinkFactory } from '../../src/link/link.js';
import { weriftLinks } from '../../src/link/werift/index.js';
import { bothActive, closeAll, isNetworkChange, openMember, openRelay, runtime, until } from '../support/meshes.js';
import { TestViewer } from './support/viewer.js';

afterEach(closeAll);

const OFFER = 'v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\na=ice-ufrag:Qx7z\r\na=ice-pwd:pwd-canary\r\n';

it('shows listed fields of known shapes, and neither names nor values of others', () => {
  const shown = sanitize({
    type: 'OFFER',
    key: 3,
    names: 'current',
    sdp: OFFER,
    secretKey: 'canary-1',
    'canary-as-name': true,
    context: { reason: 'woke', password: 'canary-2', epoch: 2 },
    input: { id: 'abc', token: 'canary-3', nested: { deeper: 'canary-4' } },
  });
  expect(shown).toEqual({
    type: 'OFFER',
    key: 3,
    names: 'current',
    input: { id: 'abc', '…': '2 withheld' },
    '…': '4 withheld',
  });
});

it.each([
  ['a number where a text was meant', { epoch: 'canary' }],
  ['text in a list', { known: ['canary'] }],
  [
    'a class instance',
    {
      input: new (class Socket {
        password = 'canary';
      })(),
    },
  ],
  ['bytes', { input: new TextEncoder().encode('canary') }],
  ['a map', { input: new Map([['id', 'canary']]) }],
  ['what is too deep', { input: { input: { input: { input: { input: { input: { id: 'canary' } } } } } } }],
  ['a description in a listed field', { reason: OFFER }],
  ['a candidate in a listed field', { reason: 'candidate:1 1 udp 1 192.0.2.1 canary typ host' }],
  ['a nostr key in a listed field', { reason: 'nsec1canary' }],
  ['a fingerprint in a listed field', { reason: `sha-256 ${Array(32).fill('CA').join(':')} canary` }],
  ['a message of an error that quotes one', { error: new Error(`cannot parse ${OFFER} canary`) }],
  ['credentials in an address', { url: 'wss://me:canary@relay.example/?token=canary#canary' }],
  ['a pass in the path of an address', { id: 'relay:00:wss://relay.example/canary-canary-canary-canary-canary' }],
])('withholds %s', (_, value) => {
  expect(JSON.stringify(sanitize(value)).toLowerCase()).not.toContain('canary');
});

it('keeps an address readable, and text short', () => {
  expect(cleanText('relay:ab:wss://relay.example:4848/inbox is gone')).toBe(
    'relay:ab:wss://relay.example:4848/inbox is gone',
  );
  expect(cleanText('x'.repeat(10_000)).length).toBeLessThan(250);
});

it('shows everything that our own charts keep', () => {
  const contexts = [
    newPeerContext({ id: 'abc', offersFirst: true, lastEpoch: 0 }),
    newRelayContext({ url: 'ws://127.0.0.1:4848' }),
    lanMachine.getInitialSnapshot({} as never).context,
    fallbackMachine.getInitialSnapshot({} as never).context,
  ];
  for (const context of contexts) expect(sanitize(context)).toEqual(context);
});

it('shows the listed fields of a line of the log', () => {
  const line = {
    level: 40,
    time: 5,
    msg: 'relay refuses',
    relay: 'wss://u:canary@r.example',
    payload: 'canary',
    reason: OFFER,
  };
  expect(logMessageOf(JSON.stringify(line))).toEqual({
    type: 'wakemesh.log',
    atMs: 5,
    level: 'warn',
    text: 'relay refuses',
    fields: { relay: 'wss://r.example', reason: '[withheld]' },
  });
  expect(logMessageOf('no line')).toBeUndefined();
});

it('has no secret in anything that a viewer of a real mesh is told', async () => {
  const relay = await openRelay();
  const seed = Buffer.from(runtime.randomBytes(32));
  const descriptions: string[] = [];
  const iceServers = [{ urls: 'turn:127.0.0.1:9', username: 'canary-user', credential: 'canary-credential' }];
  const links = listeningLinks(descriptions);
  const identity = generateIdentity({ randomBytes: () => seed });
  const a = await openMember(relay, { identity, links, iceServers });
  const viewer = new TestViewer();
  const end = new LiveSource({ mesh: a.mesh, label: () => '', version: '0', runtime }).connect(viewer);
  const b = await openMember(relay);
  await bothActive(a, b);
  a.network.channel('numbers').send(b.id, 'canary-payload');
  a.network.networkChanged();
  await until(() => a.events.some(isNetworkChange) && a.sees(b)?.detail === 'active.steady');
  await a.network.remove(b.id);
  await until(() => viewer.of('wakemesh.peer').some(({ peer }) => peer.state === 'gone'));
  end();

  const all = viewer.texts.join('\n');
  const values = descriptions.flatMap((text) => [...text.matchAll(/a=(?:ice-ufrag|ice-pwd|fingerprint):(.+?)\r?$/gm)]);
  expect(values.length).toBeGreaterThanOrEqual(3);
  const secrets = [...values.map(([, value]) => value!), 'canary', 'candidate:', 'v=0', 'a=ice'];
  secrets.push(...(['hex', 'base64', 'base64url'] as const).map((encoding) => seed.toString(encoding)));
  secrets.push(encodeBase32(seed));
  for (const secret of secrets) expect(all).not.toContain(secret);
  expect(all).not.toContain('withheld'); // and nothing of ours had to be held back
});

/** Real links, with every description that they make or are given. */
function listeningLinks(descriptions: string[]): LinkFactory {
  const links = weriftLinks({ log: () => {} });
  const made = async (sdp: Promise<string>) => {
    descriptions.push(await sdp);
    return sdp;
  };
  const verbs = ['createOffer', 'acceptOffer', 'restartOffer', 'acceptRestart'] as const;
  return {
    warmUp: () => links.warmUp(),
    addresses: (loopbackOnly) => links.addresses(loopbackOnly),
    create(options) {
      const link: Link = links.create(options);
      for (const verb of verbs) {
        const real = link[verb].bind(link) as (sdp: string) => Promise<string>;
        Object.assign(link, { [verb]: (sdp: string) => made(real(sdp)) });
      }
      return link;
    },
  };
}
