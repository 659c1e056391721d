/** The mutual proof of device keys on one channel. Knows no time and sends nothing: it makes texts and judges frames. */
import { encodeBase32 } from '../identity/base32.js';
import type { Identity } from '../identity/identity.js';
import { barePeerId, type VerifySignature, verifySignature } from '../identity/keys.js';
import { authPayload } from './auth-payload.js';
import { encodeFrame } from './codec.js';
import type { Capabilities, CapabilityAdvert, FrameOf } from './frames.js';
import { verificationCode } from './verification-code.js';

/** What we take part in, by upstream's names in its order, and the sign by which two Wakemesh nodes know each other. */
const FEATURES = [
  'ring_topology',
  'generic_rpc',
  'typed_channels',
  'capabilities_update',
  'network_state_v1',
  'reliable_channels_v1',
  'wakemesh_v1',
];
const NONCE_BYTES = 32;
/** A label goes into rosters and onto screens; a frame could bring one of 64 kB, and ours must fit into one. */
const MAX_LABEL_LENGTH = 128;

export interface HandshakeOptions {
  identity: Identity;
  /** Bare id of the device this connection was made for. */
  peerId: string;
  /** Boot id of this process. */
  boot: number;
  /** Handle of the network's room: what is proven holds there only. */
  room: string;
  appVersion: string;
  /** What our hello says of this device. */
  capabilities: Capabilities;
  randomBytes(length: number): Uint8Array;
  /** Default: Ed25519. */
  verify?: VerifySignature;
  /** Fingerprints of the two certificates of this channel, as the link reports them (`sha-256 aa:bb:…`). */
  localFingerprint(): string | undefined;
  remoteFingerprint(): string | undefined;
}

/** Every one of them ends the session: no later frame can mend it. */
export type HandshakeFailure = 'foreign-id' | 'foreign-network' | 'no-fingerprint' | 'bad-signature';

export type HelloVerdict = { reply: string; first: boolean } | { fail: HandshakeFailure } | 'ignored';
export type AuthVerdict = 'authenticated' | 'duplicate' | { fail: HandshakeFailure };

export class Handshake {
  /** The code we show and send; the far end shows it beside its own. */
  readonly codeSent: string;
  /** What the peer's hello says. Worth nothing until `onAuthResponse` has answered `authenticated`. */
  codeReceived: string | null = null;
  peerLabel = '';
  peerFeatures: string[] = [];
  peerCapabilities: CapabilityAdvert | null = null;
  /** Boot id of a Wakemesh peer's process. */
  peerBoot: number | null = null;

  readonly #options: HandshakeOptions;
  readonly #nonce: string;
  #answered: { nonce: string; reply: string } | undefined;
  #authenticated = false;

  constructor(options: HandshakeOptions) {
    this.#options = options;
    this.#nonce = encodeBase32(options.randomBytes(NONCE_BYTES));
    this.codeSent = verificationCode(options.randomBytes);
  }

  /** Is the peer a Wakemesh node, which signs its signaling? */
  get peerSigns(): boolean {
    return this.peerFeatures.includes('wakemesh_v1');
  }

  /** The same bytes on every call: a retry must not ask for another proof. */
  hello(): string {
    const { identity, boot, room, appVersion, capabilities } = this.#options;
    return encodeFrame({
      kind: 'hello',
      protocol: 1,
      device_id: identity.deviceId,
      label: clipLabel(identity.label),
      nonce: this.#nonce,
      verification_code: this.codeSent,
      capabilities,
      features: FEATURES,
      app_version: appVersion,
      wm: { boot, room },
    });
  }

  /**
   * `reply` is the auth_response to send, `first: false` that it repeats one. **A repeated one takes an upstream peer out
   * of Active until it is sent `approve` again.** Only the first nonce is answered: upstream's retry timer outlives its
   * session, and a signature over the nonce of a dead session ends the living one.
   */
  onHello(frame: FrameOf<'hello'>): HelloVerdict {
    const { identity, peerId, room } = this.#options;
    if (barePeerId(frame.device_id) !== peerId) return { fail: 'foreign-id' };
    // The signature does not name the network. Whoever carries descriptions from one room to another would have us take
    // a session of that network for one of ours; what the device itself says on the proven channel he cannot change.
    if (frame.wm?.room !== undefined && frame.wm.room !== room) return { fail: 'foreign-network' };
    if (this.#answered) {
      return frame.nonce === this.#answered.nonce ? { reply: this.#answered.reply, first: false } : 'ignored';
    }
    const binding = this.#options.localFingerprint();
    if (!binding) return { fail: 'no-fingerprint' };
    const signature = identity.sign(authPayload(frame.nonce, identity.deviceId, peerId, binding));
    const reply = encodeFrame({ kind: 'auth_response', signature });
    this.#answered = { nonce: frame.nonce, reply };
    this.#readHello(frame);
    return { reply, first: true };
  }

  /** May come before the peer's hello: the two directions are proven independently. */
  onAuthResponse(frame: FrameOf<'auth_response'>): AuthVerdict {
    if (this.#authenticated) return 'duplicate';
    const { identity, peerId, verify = verifySignature } = this.#options;
    const binding = this.#options.remoteFingerprint();
    if (!binding) return { fail: 'no-fingerprint' };
    const payload = authPayload(this.#nonce, peerId, identity.deviceId, binding);
    if (!verify(peerId, payload, frame.signature)) return { fail: 'bad-signature' };
    this.#authenticated = true;
    return 'authenticated';
  }

  #readHello(frame: FrameOf<'hello'>): void {
    this.codeReceived = /^[a-z0-9]{6}$/.test(frame.verification_code) ? frame.verification_code : null;
    this.peerLabel = clipLabel(frame.label);
    this.peerFeatures = frame.features;
    this.peerCapabilities = frame.capabilities;
    this.peerBoot = frame.wm?.boot ?? null;
  }
}

/** A label goes into rosters and onto screens, and must fit into a frame. */
export function clipLabel(label: string): string {
  return Array.from(label).slice(0, MAX_LABEL_LENGTH).join('');
}
