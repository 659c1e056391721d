/** From envelope text to a `Signal`: the part of receiving that is the same for every transport. */
import { isDeviceId, type VerifySignature, verifySignature } from '../identity/keys.js';
import { ContentGate } from './content-gate.js';
import { decodeEnvelope, type Envelope } from './envelope.js';
import { isSignedBySender } from './proof.js';
import { ReplayGuard } from './replay-guard.js';
import type { Proof, Signal, SignalBody } from './signaling.js';

export class SignalReader {
  readonly #room: string;
  readonly #deviceId: string;
  readonly #verify: VerifySignature;
  readonly #replays = new ReplayGuard();
  readonly #gate = new ContentGate();

  constructor(options: { room: string; deviceId: string; verify?: VerifySignature }) {
    this.#room = options.room;
    this.#deviceId = options.deviceId;
    this.#verify = options.verify ?? verifySignature;
  }

  /** The cheap part: well formed, by somebody else, and meant for us. */
  decode(content: string): Envelope | undefined {
    const message = decodeEnvelope(content);
    return message && this.isForUs(message) ? message : undefined;
  }

  isForUs(message: Envelope): boolean {
    if (message.from !== message.peer_id || message.from === this.#deviceId) return false;
    if ('sdp' in message || 'candidate' in message || typeof message.to === 'string') {
      if (message.to !== this.#deviceId) return false;
    }
    return isDeviceId(message.from);
  }

  /**
   * False when the message claims a signature that is not the sender's: somebody has tampered with it. About 0.2 ms.
   */
  isUntampered(message: Envelope): boolean {
    return !message.wm || isSignedBySender(this.#room, message, message.wm, this.#verify);
  }

  /** Takes a genuine message in; undefined when it was heard before. */
  accept(message: Envelope): Signal | undefined {
    let proof: Proof | null = null;
    if (message.wm) {
      const freshness = this.#replays.judge(message, message.wm);
      if (freshness === 'replayed') return undefined;
      const { boot, seq, neg, reflection } = message.wm;
      if (freshness === 'fresh') proof = { boot, seq, neg, reflection };
    }
    if (!this.#gate.admits(message, proof !== null)) return undefined;
    return { from: message.from, proof, ...bodyOf(message) };
  }
}

function bodyOf(message: Envelope): SignalBody {
  switch (message.kind) {
    case 'offer':
    case 'answer':
      return { kind: message.kind, sdp: message.sdp };
    case 'candidate':
      return { kind: 'candidate', candidate: message.candidate };
    default:
      return { kind: message.kind };
  }
}
