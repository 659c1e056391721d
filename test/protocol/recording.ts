/** Reads a recorded conversation between the real daemon and a test client, cut into sessions. */
import { readdirSync, readFileSync } from 'node:fs';
import { decodeBase32 } from '../../src/identity/base32.js';
import type { Identity } from '../../src/identity/identity.js';
import { identityFromSeed } from '../../src/identity/keys.js';
import { decodeFrame } from '../../src/protocol/codec.js';
import type { FrameOf } from '../../src/protocol/frames.js';

/** Of two recorded daemons, `a` stands for the daemon and `b` for its client. */
export type Side = 'daemon' | 'client';

export interface Message {
  ms: number;
  from: Side;
  text: string;
}

/** One transport session: the two certificates, each side's own hello (the first with a new nonce), all messages. */
export interface Session {
  startMs: number;
  fingerprints: Partial<Record<Side, string>>;
  hellos: Partial<Record<Side, FrameOf<'hello'>>>;
  messages: Message[];
}

export interface Recording {
  identities: Record<Side, Identity>;
  sessions: Session[];
}

const folder = new URL('../fixtures/recordings/', import.meta.url);

export const recordingNames = readdirSync(folder)
  .filter((name) => name.endsWith('.jsonl'))
  .map((name) => name.replace('.jsonl', ''));

export function readRecording(name: string): Recording {
  const [header, ...lines] = readLines(name);
  const { daemon, client } = devicesIn(header);
  const sideOf = (id: string): Side => (id === daemon.device_id ? 'daemon' : 'client');
  const sessions: Session[] = [];
  const knownNonces = new Set<string>();
  const knownEvents = new Set<string>();
  for (const line of lines) {
    const description = describedBy(line);
    const session = sessions.at(-1);
    if (description && !knownEvents.has(description.id)) {
      knownEvents.add(description.id);
      const side = sideOf(description.from);
      const known = session?.fingerprints[side];
      // An offer with another certificate is another session; with the same one it restarts ICE.
      if (!session || (known !== undefined && known !== description.fingerprint)) {
        // An answer of a new connection to an offer that was made before.
        const offer = description.kind === 'answer' ? session?.fingerprints : {};
        const fingerprints = { ...offer, [side]: description.fingerprint };
        sessions.push({ startMs: line.ms as number, fingerprints, hellos: {}, messages: [] });
      } else {
        session.fingerprints[side] = description.fingerprint;
      }
    } else if (session && typeof line.data === 'string' && /^(daemon|client)>/.test(line.data)) {
      const from = line.data.split('>')[0] as Side;
      const message: Message = { ms: line.ms as number, from, text: line.text ?? filled(line as Cut) };
      session.messages.push(message);
      const decoded = decodeFrame(bytesOf(message));
      if (decoded.ok && decoded.frame.kind === 'hello' && !knownNonces.has(decoded.frame.nonce)) {
        session.hellos[message.from] = decoded.frame;
        knownNonces.add(decoded.frame.nonce);
      }
    }
  }
  return { identities: { daemon: identityOf(daemon), client: identityOf(client) }, sessions };
}

interface Cut {
  bytes: number;
  text_cut: string;
}

/** Long messages are recorded by their beginning and length: one letter, over and over. */
function filled({ bytes, text_cut }: Cut): string {
  const end = '"}';
  return text_cut === '' ? '' : text_cut.padEnd(bytes - end.length, text_cut.at(-1)) + end;
}

interface Line {
  ms?: number;
  relay?: unknown;
  data?: unknown;
  text?: string;
}
interface Device {
  device_id: string;
  ed25519_seed_hex: string;
}

export function readLines(name: string): Line[] {
  return readFileSync(new URL(`${name}.jsonl`, folder), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function devicesIn(header: unknown): Record<Side, Device> {
  const { nodes, daemon, client } = header as Record<Side, Device> & { nodes?: { a: Device; b: Device } };
  return nodes ? { daemon: nodes.a, client: nodes.b } : { daemon, client };
}

export function bytesOf(message: { text: string }): Uint8Array {
  return new TextEncoder().encode(message.text);
}

/** Random bytes that make a handshake say the recorded nonce and code again; zeros when nothing was said. */
export function randomBytesBehind(hello: FrameOf<'hello'> | undefined): (length: number) => Uint8Array {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
  return (length) => {
    if (!hello) return new Uint8Array(length);
    if (length === 32) return decodeBase32(hello.nonce, 32)!;
    return Uint8Array.from(hello.verification_code, (letter) => alphabet.indexOf(letter));
  };
}

function identityOf({ ed25519_seed_hex }: Device): Identity {
  return identityFromSeed(Buffer.from(ed25519_seed_hex, 'hex'), '');
}

interface Description {
  id: string;
  kind: string;
  from: string;
  fingerprint: string;
}

/** The first fingerprint line of an offer or answer that this relay frame carries, lower case. */
function describedBy({ relay, text }: Line): Description | undefined {
  const event = relay ? eventIn(text) : undefined;
  if (event === undefined) return undefined;
  const { kind, from, sdp } = JSON.parse(event.content);
  const fingerprint = /^a=fingerprint:(.*)$/m.exec(sdp)?.[1]?.trim().toLowerCase();
  return fingerprint === undefined ? undefined : { id: event.id, kind, from, fingerprint };
}

export interface RelayEvent {
  id: string;
  content: string;
}

/** The event in a relay frame, whichever way it went. */
export function eventIn(frame: string | undefined): RelayEvent | undefined {
  if (!frame?.startsWith('["EVENT"')) return undefined;
  return JSON.parse(frame).at(-1);
}
