/** Sockets and signatures: what reaches outside, or costs most of the time. The simulator brings its own. */
import { type VerifySignature, verifySignature } from '../identity/keys.js';
import { type EventSeal, schnorrSeal } from './nostr-event.js';
import { type DialRelay, dialRelay } from './relay-socket.js';

export interface SignalingPorts {
  /** Opens a socket to a relay. */
  dial: DialRelay;
  /** Signs and checks relay events, whose keys have nothing to do with devices. */
  seal: EventSeal;
  /** Checks what a device key signed, in signaling and in the handshake of a channel. */
  verify: VerifySignature;
}

export const realPorts: SignalingPorts = { dial: dialRelay, seal: schnorrSeal, verify: verifySignature };
