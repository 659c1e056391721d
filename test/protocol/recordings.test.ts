import { describe, expect, test } from 'vitest';
import { decodeFrame, encodeFrame } from '../../src/protocol/codec.js';
import type { Frame } from '../../src/protocol/frames.js';
import { Handshake } from '../../src/protocol/handshake.js';
import { bytesOf, type Recording, randomBytesBehind, readRecording } from './recording.js';

/** What these files hold: hellos answered again and stale ones, proofs taken, repeated, and refused. Both sides counted. */
const CONTENT: Record<string, Record<string, number>> = {
  'client-smaller-id-full-conversation': { reply: 2, again: 1, authenticated: 2, duplicate: 2 },
  'client-larger-id-full-conversation': { reply: 2, again: 1, authenticated: 2, duplicate: 2 },
  'client-smaller-id-early-approve': { reply: 2, authenticated: 2 },
  'client-larger-id-early-approve': { reply: 2, authenticated: 2 },
  'client-smaller-id-three-field-signature': { reply: 4, authenticated: 2, 'bad-signature': 2 },
  'client-larger-id-three-field-signature': { reply: 4, authenticated: 2, 'bad-signature': 2 },
  'client-smaller-id-hello-with-foreign-id': { 'foreign-id': 1 },
  'client-smaller-id-stale-hello-on-new-channel': { reply: 2, again: 1, ignored: 1 },
  'client-smaller-id-approval-by-operator': { reply: 4, authenticated: 4 },
  'client-smaller-id-evicted-from-closed-network': { reply: 6, authenticated: 6 },
};

/** What the client said and the daemon dropped as no frame. */
const REFUSED_BY_THE_DAEMON = [
  'not json',
  '{"kind":"ping","t":123.5}',
  '{"kind":"ping","t":123.0}',
  '{"kind":"ping","t":null}',
  '[1]',
];

function decoded(message: { text: string }): Frame | undefined {
  const result = decodeFrame(bytesOf(message));
  return result.ok ? result.frame : undefined;
}

/** Puts our handshake in the place of each side in turn and lets it hear what that side heard. */
function replay({ identities, sessions }: Recording): { verdicts: Record<string, number>; repliesSaid: string[] } {
  const verdicts: Record<string, number> = {};
  const repliesSaid: string[] = [];
  const count = (verdict: string) => {
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
  };
  for (const session of sessions) {
    for (const [us, them] of [['daemon', 'client'] as const, ['client', 'daemon'] as const]) {
      const handshake = new Handshake({
        identity: identities[us],
        peerId: identities[them].deviceId,
        boot: 1,
        room: 'r',
        appVersion: '0',
        capabilities: {},
        randomBytes: randomBytesBehind(session.hellos[us]),
        localFingerprint: () => session.fingerprints[us],
        remoteFingerprint: () => session.fingerprints[them],
      });
      for (const message of session.messages.filter(({ from }) => from === them)) {
        const frame = decoded(message);
        if (frame?.kind === 'hello') {
          const verdict = handshake.onHello(frame);
          if (verdict === 'ignored') count(verdict);
          else if ('fail' in verdict) count(verdict.fail);
          else {
            count(verdict.first ? 'reply' : 'again');
            repliesSaid.push(verdict.reply);
          }
        } else if (frame?.kind === 'auth_response') {
          const verdict = handshake.onAuthResponse(frame);
          count(typeof verdict === 'string' ? verdict : verdict.fail);
        }
      }
    }
  }
  return { verdicts, repliesSaid };
}

describe.each(Object.keys(CONTENT))('%s', (name) => {
  const recording = readRecording(name);
  const messages = recording.sessions.flatMap((session) => session.messages);

  test('every proof is judged as the daemon and its client judged it', () => {
    expect(replay(recording).verdicts).toEqual(CONTENT[name]);
  });

  test('our proofs are byte for byte what was said', () => {
    const { repliesSaid } = replay(recording);
    // A proof over the fingerprint is what the two-part client refused to make, and the silent one never made.
    const withheldByClient = /three-field|stale-hello/.test(name);
    const said = messages.filter(({ from }) => !withheldByClient || from === 'daemon').map(({ text }) => text);
    const auths = said.filter((text) => decodedKind(text) === 'auth_response');
    for (const text of auths) expect(repliesSaid).toContain(text);
    if (!withheldByClient) for (const reply of repliesSaid) expect(auths).toContain(reply);
  });

  test("the daemon's frames come out of our encoder as they were", () => {
    const said = messages.filter(({ from }) => from === 'daemon');
    for (const message of said) expect(encodeFrame(decoded(message)!)).toBe(message.text);
  });

  test('what the daemon refused, we refuse, and nothing else', () => {
    const refused = messages.filter((message) => !decoded(message)).map(({ text }) => text);
    expect(refused).toEqual(name.includes('full-conversation') ? REFUSED_BY_THE_DAEMON : []);
  });
});

function decodedKind(text: string): string | undefined {
  return decoded({ text })?.kind;
}
