/** mDNS packets: what we ask, what we say, and what others say, as far as it concerns us (RFC 6762, RFC 6763). */
import dnsPacket, { type Answer, type Packet, type Question } from 'dns-packet';
import { MARK_KEY } from './mark.js';
import { instanceLabel, SERVICE, VERSION } from './names.js';

/** Of records that name a host (SRV, A), and of others (PTR, TXT), in seconds; upstream's. */
export const HOST_TTL = 120;
export const OTHER_TTL = 4_500;
/** A question stays one unfragmented packet; what is known beyond that is answered once more. */
const MAX_QUERY_BYTES = 1_200;
/** No honest packet of this protocol holds more; decoding is not for free. */
const MAX_RECORDS = 64;
const HEADER_BYTES = 12;

export interface Self {
  room: string;
  deviceId: string;
  /** TCP port of our listener. */
  port: number;
  /** Our signature, see `mark.ts`. */
  mark?: string | undefined;
}

export type PresenceRecord =
  | { type: 'PTR'; ttl: number; instance: string }
  | { type: 'SRV'; ttl: number; instance: string; port: number; host: string }
  | { type: 'TXT'; ttl: number; instance: string; text: ReadonlyMap<string, string> }
  | { type: 'A'; ttl: number; host: string; address: string };

export type Heard =
  /** `known`: instances that the asker has heard of lately and need not be told. */
  { kind: 'question'; names: string[]; known: string[] } | { kind: 'records'; records: PresenceRecord[] };

export const instanceName = (room: string, deviceId: string) => `${instanceLabel(room, deviceId)}.${SERVICE}`;
export const hostName = (room: string, deviceId: string) => `${instanceLabel(room, deviceId)}.local`;

/** Everything about us, with the address that the interface it goes out on has. `goodbye`: forget it. */
export function encodeSelf({ room, deviceId, port, mark }: Self, address: string, goodbye = false): Buffer {
  const instance = instanceName(room, deviceId);
  const host = hostName(room, deviceId);
  const ttl = (seconds: number) => (goodbye ? 0 : seconds);
  const text = [`v=${VERSION}`, `room=${room}`, `peer=${deviceId}`];
  if (mark !== undefined) text.push(`${MARK_KEY}=${mark}`);
  return dnsPacket.encode({
    type: 'response',
    flags: dnsPacket.AUTHORITATIVE_ANSWER,
    answers: [
      { name: SERVICE, type: 'PTR', ttl: ttl(OTHER_TTL), data: instance },
      {
        name: instance,
        type: 'SRV',
        ttl: ttl(HOST_TTL),
        flush: true,
        data: { port, target: host, priority: 0, weight: 0 },
      },
      { name: instance, type: 'TXT', ttl: ttl(OTHER_TTL), flush: true, data: text },
      { name: host, type: 'A', ttl: ttl(HOST_TTL), flush: true, data: address },
    ],
  });
}

/** Who is there? `known` need not answer. */
export function encodeBrowse(known: readonly { instance: string; ttl: number }[]): Buffer {
  const answers: Answer[] = [];
  const packet: Packet = { type: 'query', questions: [{ name: SERVICE, type: 'PTR' }], answers };
  for (const { instance, ttl } of known) {
    answers.push({ name: SERVICE, type: 'PTR', ttl, data: instance });
    if (dnsPacket.encodingLength(packet) <= MAX_QUERY_BYTES) continue;
    answers.pop();
    break;
  }
  return dnsPacket.encode(packet);
}

/** Where is this instance, which is known by name, or only for a little longer? */
export function encodeLookUp(instance: string, host: string | undefined): Buffer {
  const questions: Question[] = [
    { name: instance, type: 'SRV' },
    { name: instance, type: 'TXT' },
  ];
  if (host !== undefined) questions.push({ name: host, type: 'A' });
  return dnsPacket.encode({ type: 'query', questions });
}

/** Undefined for anything that is no mDNS packet or does not concern us. Never throws. Names come in lower case. */
export function decodePacket(data: Buffer): Heard | undefined {
  if (data.length < HEADER_BYTES) return undefined;
  const counts = [4, 6, 8, 10].map((offset) => data.readUInt16BE(offset));
  if (counts.reduce((sum, count) => sum + count, 0) > MAX_RECORDS) return undefined;
  try {
    const { type, questions = [], answers = [], additionals = [] } = dnsPacket.decode(data);
    if (type === 'query') {
      const known = answers.flatMap((answer) =>
        answer.type === 'PTR' && (answer.ttl ?? 0) >= OTHER_TTL / 2 ? [answer.data.toLowerCase()] : [],
      );
      return { kind: 'question', names: questions.map(({ name }) => name.toLowerCase()), known };
    }
    return { kind: 'records', records: [...answers, ...additionals].flatMap((answer) => presenceRecord(answer) ?? []) };
  } catch {
    return undefined;
  }
}

function presenceRecord(answer: Answer): PresenceRecord | undefined {
  const name = answer.name.toLowerCase();
  const ttl = 'ttl' in answer ? Number(answer.ttl ?? 0) : 0;
  if (answer.type === 'PTR' && name === SERVICE) return { type: 'PTR', ttl, instance: answer.data.toLowerCase() };
  if (answer.type === 'A') return { type: 'A', ttl, host: name, address: answer.data };
  if (!name.endsWith(`.${SERVICE}`)) return undefined;
  if (answer.type === 'SRV') {
    return { type: 'SRV', ttl, instance: name, port: answer.data.port, host: answer.data.target.toLowerCase() };
  }
  return answer.type === 'TXT' ? { type: 'TXT', ttl, instance: name, text: textOf(answer.data) } : undefined;
}

/** Keys are looked up as they are written: `Room` is another key. The first of two equal ones counts. */
function textOf(data: string | Buffer | (string | Buffer)[]): Map<string, string> {
  const text = new Map<string, string>();
  for (const entry of Array.isArray(data) ? data : [data]) {
    const [key = '', ...value] = entry.toString().split('=');
    if (!text.has(key)) text.set(key, value.join('='));
  }
  return text;
}
