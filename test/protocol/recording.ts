/** Reads a recorded conversation between the real daemon and a test client, cut into sessions. */
import { readdirSync, readFileSync } from 'node:fs';
import { decodeBase32 } from '../../src/identity/base32.js';
import type { Identity } from '../../src/identity/identity.js';
import { identityFromSeed } from '../../src/identity/keys.js';
import { decodeFrame } from '../../src/protocol/codec.js';
import type { FrameOf } from '../../src/protocol/frames.js';

export type Side = 'daemon' | 'client';

export interface Message {
  from: Side;
  text: string;
}

/** One transport session: the two certificates, each side's own hello (the first with a new nonce), all messages. */
export interface Session {
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
  const [header, ...lines] = readFileSync(new URL(`${name}.jsonl`, folder), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const sideOf = (id: string): Side => (id === header.daemon.device_id ? 'daemon' : 'client');
  const sessions: Session[] = [];
  const knownNonces = new Set<string>();
  for (const line of lines) {
    const description = describedBy(line);
    const session = sessions.at(-1);
    if (description) {
      const side = sideOf(description.from);
      const known = session?.fingerprints[side];
      // An offer with another certificate is another session; with the same one it restarts ICE.
      if (!session || (known !== undefined && known !== description.fingerprint)) {
        sessions.push({ fingerprints: { [side]: description.fingerprint }, hellos: {}, messages: [] });
      } else {
        session.fingerprints[side] = description.fingerprint;
      }
    } else if (session && typeof line.text === 'string' && /^(daemon|client)>/.test(line.data)) {
      const message: Message = { from: line.data.split('>')[0], text: line.text };
      session.messages.push(message);
      const decoded = decodeFrame(bytesOf(message));
      if (decoded.ok && decoded.frame.kind === 'hello' && !knownNonces.has(decoded.frame.nonce)) {
        session.hellos[message.from] = decoded.frame;
        knownNonces.add(decoded.frame.nonce);
      }
    }
  }
  return { identities: { daemon: identityOf(header.daemon), client: identityOf(header.client) }, sessions };
}

export function bytesOf(message: Message): Uint8Array {
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

function identityOf({ ed25519_seed_hex }: { ed25519_seed_hex: string }): Identity {
  return identityFromSeed(Buffer.from(ed25519_seed_hex, 'hex'), '');
}

/** The first fingerprint line of an offer or answer that this relay frame carries, lower case. */
function describedBy(line: { relay?: unknown; text?: string }): { from: string; fingerprint: string } | undefined {
  if (line.relay === undefined || line.text === undefined) return undefined;
  const [verb, ...rest] = JSON.parse(line.text);
  if (verb !== 'EVENT') return undefined;
  const { from, sdp } = JSON.parse(rest.at(-1).content);
  if (sdp === undefined) return undefined;
  return { from, fingerprint: /^a=fingerprint:(.*)$/m.exec(sdp)![1]!.trim().toLowerCase() };
}
