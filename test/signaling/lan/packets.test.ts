import dnsPacket, { type TxtAnswer } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instanceLabel } from '../../../src/signaling/lan/names.js';
import { decodePacket, encodeBrowse, encodeLookUp, encodeSelf } from '../../../src/signaling/lan/packets.js';
import { vectors } from '../support/vectors.js';

const { mdns, devices, room_handle } = vectors;
const DEVICE = devices.A.device_id;
const ROOM = Object.values(room_handle)[0] as string;
const SELF = { room: ROOM, deviceId: DEVICE, port: 4711 };

describe('what we advertise', () => {
  it('has the label and the text that upstream gives it', () => {
    expect(instanceLabel(ROOM, DEVICE)).toBe(mdns.instance_A);
    const { room, device, instance } = mdns.instance_sanitize_example;
    expect(instanceLabel(room, device)).toBe(instance);
    const { answers = [] } = dnsPacket.decode(encodeSelf(SELF, '192.0.2.7'));
    const text = answers.find((answer): answer is TxtAnswer => answer.type === 'TXT')!.data as Buffer[];
    const rdata = Buffer.concat(text.flatMap((entry) => [Buffer.from([entry.length]), entry]));
    expect(rdata.toString('hex')).toBe(mdns.txt_rdata_hex_A);
  });

  it('is one authoritative answer of four records, and a goodbye is the same with no life left', () => {
    const packet = dnsPacket.decode(encodeSelf(SELF, '192.0.2.7'));
    const instance = `${mdns.instance_A}._myownmesh._tcp.local`;
    expect(packet).toMatchObject({ type: 'response', id: 0, flag_aa: true, questions: [] });
    expect(packet.answers).toMatchObject([
      { type: 'PTR', name: '_myownmesh._tcp.local', ttl: 4500, flush: false, data: instance },
      { type: 'SRV', name: instance, ttl: 120, flush: true, data: { port: 4711, target: `${mdns.instance_A}.local` } },
      { type: 'TXT', name: instance, ttl: 4500, flush: true },
      { type: 'A', name: `${mdns.instance_A}.local`, ttl: 120, flush: true, data: '192.0.2.7' },
    ]);
    const goodbye = dnsPacket.decode(encodeSelf(SELF, '192.0.2.7', true));
    expect(goodbye.answers?.map((answer) => ('ttl' in answer ? answer.ttl : undefined))).toEqual([0, 0, 0, 0]);
  });

  it('is read back', () => {
    const instance = `${mdns.instance_A}._myownmesh._tcp.local`;
    const host = `${mdns.instance_A}.local`;
    const text = new Map([
      ['v', '1'],
      ['room', ROOM],
      ['peer', DEVICE],
    ]);
    expect(decodePacket(encodeSelf(SELF, '192.0.2.7'))).toEqual({
      kind: 'records',
      records: [
        { type: 'PTR', ttl: 4500, instance },
        { type: 'SRV', ttl: 120, instance, port: 4711, host },
        { type: 'TXT', ttl: 4500, instance, text },
        { type: 'A', ttl: 120, host, address: '192.0.2.7' },
      ],
    });
  });
});

describe('questions', () => {
  it('name the service, and those whom we know; never more than a packet holds', () => {
    const known = Array.from({ length: 200 }, (_, i) => ({ instance: `mom-${i}._myownmesh._tcp.local`, ttl: 4000 }));
    expect(encodeBrowse(known).length).toBeLessThanOrEqual(1_200);
    expect(decodePacket(encodeBrowse(known.slice(0, 2)))).toEqual({
      kind: 'question',
      names: ['_myownmesh._tcp.local'],
      known: ['mom-0._myownmesh._tcp.local', 'mom-1._myownmesh._tcp.local'],
    });
  });

  it('whoever has heard of us long ago wants to hear again', () => {
    const packet = encodeBrowse([{ instance: 'mom-0._myownmesh._tcp.local', ttl: 2_249 }]);
    expect(decodePacket(packet)).toMatchObject({ known: [] });
  });

  it('look up one instance', () => {
    expect(decodePacket(encodeLookUp('x._myownmesh._tcp.local', 'x.local'))).toEqual({
      kind: 'question',
      names: ['x._myownmesh._tcp.local', 'x._myownmesh._tcp.local', 'x.local'],
      known: [],
    });
  });
});

describe('packets of others', () => {
  it('names in any case, keys as they are written, the first of two', () => {
    const packet = dnsPacket.encode({
      type: 'response',
      answers: [
        {
          name: 'Mom-X._MyOwnMesh._tcp.local',
          type: 'TXT',
          data: ['v=1', 'v=2', 'Room=a', 'peer=b=c', 'flag'],
        },
        { name: '_http._tcp.local', type: 'PTR', data: 'printer._http._tcp.local' },
      ],
      additionals: [{ name: 'Mom-X.local', type: 'A', data: '192.0.2.1' }],
    });
    expect(decodePacket(packet)).toMatchObject({
      records: [
        {
          instance: 'mom-x._myownmesh._tcp.local',
          text: new Map([
            ['v', '1'],
            ['Room', 'a'],
            ['peer', 'b=c'],
            ['flag', ''],
          ]),
        },
        { type: 'A', host: 'mom-x.local' },
      ],
    });
  });

  it('a flood of records in one packet is not read', () => {
    const records = Array.from({ length: 65 }, () => ({ name: 'a.local', type: 'A', data: '192.0.2.1' }) as const);
    expect(decodePacket(dnsPacket.encode({ type: 'response', answers: records }))).toBeUndefined();
  });

  it('spoilt ones are survived', () => {
    const whole = encodeSelf(SELF, '192.0.2.7');
    const spoilt = fc.tuple(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 }), fc.nat(400));
    fc.assert(
      fc.property(spoilt, ([changes, length]) => {
        const data = Buffer.from(whole);
        for (const [at, value] of changes) data[at] = value;
        decodePacket(data.subarray(0, length));
      }),
      { numRuns: 2_000 },
    );
  });
});
