import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { encodeBase32 } from '../../../src/identity/base32.js';
import { Neighbours } from '../../../src/signaling/lan/neighbours.js';
import { decodePacket, encodeSelf, instanceName, type PresenceRecord } from '../../../src/signaling/lan/packets.js';

const ROOM = 'a'.repeat(64);
const newDevice = () => encodeBase32(randomBytes(32));
const [ME, B] = [newDevice(), newDevice()];
const SELF = instanceName(ROOM, ME);

let told: string[];
let neighbours: Neighbours;
beforeEach(() => {
  told = [];
  neighbours = new Neighbours({
    room: ROOM,
    deviceId: ME,
    self: SELF,
    found: (id, mark) => told.push(`found ${id}${mark ? ` ${mark}` : ''}`),
    left: (id, mark) => told.push(`left ${id}${mark ? ` ${mark}` : ''}`),
  });
});

/** The records that a device advertises, as they come off the wire. */
function advert({
  deviceId = B,
  room = ROOM,
  port = 1,
  address = '192.0.2.2',
  goodbye = false,
  mark = undefined as string | undefined,
} = {}) {
  const heard = decodePacket(encodeSelf({ room, deviceId, port, mark }, address, goodbye));
  return (heard as { records: PresenceRecord[] }).records;
}

/** What is asked in the next `count` seconds, by second. */
function ticks(count: number): Record<number, string[]> {
  const asked: Record<number, string[]> = {};
  for (let tick = 1; tick <= count; tick += 1) {
    const questions = neighbours.tick();
    if (questions.length > 0) asked[tick] = questions.map(({ instance }) => instance);
  }
  return asked;
}

describe('a neighbour', () => {
  it('is found once, however often it says the same', () => {
    for (let i = 0; i < 3; i += 1) neighbours.heard(advert());
    expect(told).toEqual([`found ${B}`]);
    expect(neighbours.endpoints(B)).toEqual([{ address: '192.0.2.2', port: 1 }]);
  });

  it('has all its addresses, until it listens at another port', () => {
    neighbours.heard(advert());
    neighbours.heard(advert({ address: '192.0.2.3' }));
    expect(neighbours.endpoints(B).map(({ address }) => address)).toEqual(['192.0.2.2', '192.0.2.3']);
    neighbours.heard(advert({ address: '192.0.2.4', port: 2 }));
    expect(neighbours.endpoints(B)).toEqual([{ address: '192.0.2.4', port: 2 }]);
    expect(told).toEqual([`found ${B}`, `found ${B}`, `found ${B}`]);
  });

  it('leaves when it says goodbye', () => {
    neighbours.heard(advert());
    neighbours.heard(advert({ goodbye: true }));
    neighbours.heard(advert({ goodbye: true }));
    expect(told).toEqual([`found ${B}`, `left ${B}`]);
    expect(neighbours.devices()).toEqual([]);
  });

  it('is told of again when it says something new, and its goodbye with its last word', () => {
    for (const mark of ['1', '1', '2']) neighbours.heard(advert({ mark }));
    neighbours.heard(advert({ goodbye: true, mark: '3' }));
    expect(told).toEqual([`found ${B} 1`, `found ${B} 2`, `left ${B} 3`]);
  });

  it('that falls silent is asked for and forgotten, and has not left', () => {
    neighbours.heard(advert());
    const asked = ticks(130);
    expect(Object.keys(asked).map(Number)).toEqual([96, 102, 108, 114, 120]);
    expect(told).toEqual([`found ${B}`]);
    expect(neighbours.devices()).toEqual([]);
  });

  it('that answers is kept', () => {
    neighbours.heard(advert());
    expect(Object.keys(ticks(96))).toEqual(['96']);
    neighbours.heard(advert());
    expect(Object.keys(ticks(95))).toEqual([]);
    expect(neighbours.devices()).toEqual([B]);
  });

  it('is told of again when asked to', () => {
    neighbours.heard(advert());
    neighbours.resurface();
    expect(told).toEqual([`found ${B}`, `found ${B}`]);
  });

  it('need not answer our question for half its life', () => {
    neighbours.heard(advert());
    ticks(50);
    expect(neighbours.known()).toEqual([{ instance: instanceName(ROOM, B), ttl: 4_450 }]);
  });
});

describe('a word that says too little', () => {
  it.each(['SRV', 'TXT', 'A'])('without %s nobody is found; it is asked for, and forgotten', (missing) => {
    neighbours.heard(advert().filter(({ type }) => type !== missing));
    expect(told).toEqual([]);
    expect(Object.keys(ticks(20)).map(Number)).toEqual([1, 2, 4, 8]);
    expect(neighbours.known()).toEqual([]);
  });

  it('record by record is as good as all at once', () => {
    for (const record of advert()) neighbours.heard([record]);
    expect(told).toEqual([`found ${B}`]);
  });
});

describe('not a neighbour', () => {
  const text = (value: Record<string, string>): PresenceRecord[] =>
    advert().map((record) => (record.type === 'TXT' ? { ...record, text: new Map(Object.entries(value)) } : record));

  it.each([
    ['another room', { v: '1', room: 'b'.repeat(64), peer: B }],
    ['another version', { v: '2', room: ROOM, peer: B }],
    ['no version', { room: ROOM, peer: B }],
    ['keys in capitals', { V: '1', Room: ROOM, Peer: B }],
    ['no device', { v: '1', room: ROOM }],
    ['no device id', { v: '1', room: ROOM, peer: 'somebody' }],
    ['ourselves under another name', { v: '1', room: ROOM, peer: ME }],
  ])('%s', (_, value) => {
    neighbours.heard(text(value));
    expect([told, neighbours.devices(), Object.keys(ticks(20))]).toEqual([[], [], []]);
  });

  it('ourselves', () => {
    neighbours.heard(advert({ deviceId: ME }));
    expect([told, neighbours.known()]).toEqual([[], []]);
  });
});

it('a thousand instances at most; what never became a neighbour gives way', () => {
  neighbours.heard(advert());
  for (let i = 0; i < 2_000; i += 1) {
    neighbours.heard([{ type: 'PTR', ttl: 4500, instance: `x${i}._myownmesh._tcp.local` }]);
  }
  expect(neighbours.known()).toHaveLength(1_000);
  const late = newDevice();
  neighbours.heard(advert({ deviceId: late }));
  expect(neighbours.devices()).toEqual([B, late]);
  for (let i = 0; i < 20; i += 1) neighbours.heard(advert({ address: `192.0.2.${i}` }));
  expect(neighbours.endpoints(B), 'addresses').toHaveLength(8);
});
