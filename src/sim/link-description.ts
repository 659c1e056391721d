/** What simulated links tell each other through signaling, in the form of a session description. */
import type { Rng } from './rng.js';

export interface Description {
  kind: 'offer' | 'answer';
  fingerprint: string;
  /** Names the path that is being built: another one with each restart. */
  ufrag: string;
  /** `<host>/<mapping>/<port>` */
  address: string;
  /** In an answer: the ufrag of the offer that it answers. */
  answers: string;
}

const MAX_CHARS = 32_768;

export function writeDescription({ kind, fingerprint, ufrag, address, answers }: Description): string {
  return [
    'v=0',
    `a=sim:${kind}`,
    `a=fingerprint:${fingerprint}`,
    `a=ice-ufrag:${ufrag}`,
    `a=candidate:${address}`,
    ...(answers === '' ? [] : [`a=answers:${answers}`]),
    '',
  ].join('\r\n');
}

/** Throws on what a link cannot use. */
export function readDescription(text: string): Description {
  if (text.length > MAX_CHARS) throw new Error('description too long');
  const values = (name: string) =>
    [...text.matchAll(new RegExp(`^a=${name}:(.*?)\\r?$`, 'gm'))].map(([, value]) => value!);
  const fingerprints = new Set(values('fingerprint'));
  const [fingerprint] = fingerprints;
  const [kind, ufrag, address] = [values('sim')[0], values('ice-ufrag')[0], values('candidate')[0]];
  if (fingerprint === undefined) throw new Error('description without a fingerprint');
  if (fingerprints.size > 1) throw new Error('description with several fingerprints');
  if ((kind !== 'offer' && kind !== 'answer') || !ufrag || !address) throw new Error('not a description');
  return { kind, fingerprint, ufrag, address, answers: values('answers')[0] ?? '' };
}

export function newFingerprint(rng: Rng): string {
  return `sha-256 ${[...rng.bytes(32)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;
}

export function newUfrag(rng: Rng): string {
  return Buffer.from(rng.bytes(4)).toString('hex');
}
