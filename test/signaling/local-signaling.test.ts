import { expect, it } from 'vitest';
import { generateIdentity } from '../../src/identity/keys.js';
import { createLocalSignaling, LOCAL_RELAY_URL, LocalRoom } from '../../src/signaling/local-signaling.js';
import type { Signal } from '../../src/signaling/signaling.js';
import { ManualRuntime } from './support/manual-runtime.js';
import { ROOM } from './support/node.js';

function join(room: LocalRoom, runtime: ManualRuntime) {
  const identity = generateIdentity({ randomBytes: runtime.randomBytes });
  let seq = 0;
  const [signals, admitted]: [Signal[], string[]] = [[], []];
  const signaling = createLocalSignaling({
    identity,
    boot: 7,
    room,
    nextSeq: () => ++seq,
    runtime,
    facts: {
      signal: (signal) => signals.push(signal),
      relayAdmitted: (url) => admitted.push(url),
      relayAnswered: () => {},
      relayChanged: () => {
        throw new Error('a handler that throws harms nobody');
      },
    },
  });
  return { id: identity.deviceId, signaling, signals, admitted };
}

it('carries the same signed messages, one I/O turn later, to whom they are for', () => {
  const [room, runtime] = [new LocalRoom(ROOM), new ManualRuntime()];
  const [a, b, c] = [join(room, runtime), join(room, runtime), join(room, runtime)];
  a.signaling.publish({ kind: 'announce', reflection: true });
  a.signaling.publish({ kind: 'offer', to: b.id, sdp: 'v=0', neg: 'n' });
  expect(b.signals).toEqual([]);
  runtime.ioTurn();
  expect(b.signals).toEqual([
    { kind: 'announce', from: a.id, proof: { boot: 7, seq: 1, neg: '', reflection: true } },
    { kind: 'offer', from: a.id, sdp: 'v=0', proof: { boot: 7, seq: 2, neg: 'n', reflection: false } },
  ]);
  expect(c.signals.map(({ kind }) => kind)).toEqual(['announce']);
  expect(a.signals).toEqual([]);
  expect(a.admitted).toEqual([LOCAL_RELAY_URL]);
});

it('a newcomer hears who is present; who has left or closed is not', async () => {
  const [room, runtime] = [new LocalRoom(ROOM), new ManualRuntime()];
  const [a, b, c] = [join(room, runtime), join(room, runtime), join(room, runtime)];
  for (const { signaling } of [a, b, c]) signaling.publish({ kind: 'announce', reflection: false });
  b.signaling.publish({ kind: 'leave' });
  await c.signaling.close();
  const d = join(room, runtime);
  runtime.ioTurn();
  expect(d.signals.map(({ from }) => from)).toEqual([a.id]);
  expect(d.signaling.relays()).toEqual([{ url: LOCAL_RELAY_URL, state: 'admitted' }]);
  c.signaling.publish({ kind: 'announce', reflection: false });
  runtime.ioTurn();
  expect(d.signals).toHaveLength(1);
});
