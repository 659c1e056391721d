import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { cell, cut } from '../../src/cli/top/columns.js';
import { type Look, render } from '../../src/cli/top/render.js';
import type { Peer, Picture } from '../../src/cli/top/watch-daemon.js';

const ID = 'a2b3c4d5e6f7a2b3c4d5e6f7a2b3c4d5e6f7a2b3c4d5e6f7a2b3';

function peer(state: Peer['wakemesh']['state'], detail: string, more: Partial<Peer> = {}): Peer {
  return {
    device_id: ID,
    label: '',
    rtt_ms: null,
    selected_pair: null,
    local_approve_sent: false,
    verification_code_sent: null,
    verification_code_received: null,
    wakemesh: { state, detail, epoch: 0, last_frame_ago_ms: null },
    ...more,
  };
}

const steady = peer('active', 'active.steady', {
  label: 'lap\u001b[2Jtop',
  rtt_ms: 12,
  selected_pair: { local: 'host', remote: 'relay' },
  wakemesh: { state: 'active', detail: 'active.steady', epoch: 2, last_frame_ago_ms: 1_234 },
});
const waiting = peer('handshaking', 'handshaking.awaitingApproval', {
  verification_code_sent: 'AAAAAA',
  verification_code_received: 'BBBBBB',
});
const stale = peer('stale', 'stale.probing', {
  wakemesh: { state: 'stale', detail: 'stale.probing', epoch: 1, last_frame_ago_ms: 130_000 },
});

const picture = (peers: Peer[]): Picture => ({
  version: '0.1.0',
  device: ID,
  label: 'desk',
  networks: [{ id: 'ops', relays: [{ url: 'wss://r.example', state: 'backoff' }], peers }],
  happenings: [
    { kind: 'wakemesh', at_ms: 1_000, event: { type: 'woke', pausedMs: 4_000, kind: 'frozen' } },
    {
      kind: 'wakemesh',
      at_ms: 2_000,
      event: { type: 'recovered', peer: { deviceId: ID, label: 'lap' }, ms: 41.7, via: 'probe' },
    },
  ],
});

const look = (columns: number, colour = false): Look => ({ columns, colour, nowMs: 5_500 });

it('shows what wants attention first, and what happened last', () => {
  expect(render(picture([steady, waiting, stale]), look(110))).toEqual([
    `desk ${ID}  wakemesh 0.1.0`,
    '',
    'ops: 1 of 3 peers active, 0 of 1 relays',
    '  relay wss://r.example: backoff',
    'STATE                          RTT     FRAME     PATH    SESSION DEVICE',
    `◆ stale.probing                        2 min ago         1       ${ID.slice(0, 44)}…`,
    `◐ handshaking.awaitingApproval                                   ${ID.slice(0, 44)}…`,
    '● active.steady                12 ms   1 s ago   relayed 2       lap [2Jtop (a2b3c4d5)',
    '',
    'LATELY',
    '3 s ago   lap is back by probe after 42 ms',
    '4 s ago   this process woke after 4 s (frozen)',
  ]);
});

it('names the codes of who waits', () => {
  const lines = render({ ...picture([waiting]), happenings: [] }, look(Number.POSITIVE_INFINITY));
  expect(lines.at(-1)).toMatch(/waits for your approval, codes AAAAAA \/ BBBBBB$/);
});

it('fits any width, colour or not, with wide letters too', () => {
  const wide = peer('active', 'active.steady', { label: '漢字'.repeat(30) });
  for (let columns = 1; columns < 140; columns++) {
    for (const colour of [false, true]) {
      for (const line of render(picture([steady, waiting, stale, wide]), look(columns, colour))) {
        const plain = stripVTControlCharacters(line);
        expect(cut(plain, columns)).toBe(plain);
      }
    }
  }
});

it('cuts between letters, and fills up', () => {
  expect([cut('abcdef', 4), cut('漢字漢字', 5), cut('abc', 3), cut('abc', 0)]).toEqual(['abc…', '漢字…', 'abc', '']);
  expect([cell('漢', 4), cell('', 2)]).toEqual(['漢  ', '  ']);
});
