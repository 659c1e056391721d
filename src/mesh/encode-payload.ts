/** A frame around an application's payload: what is wrong with it is the application's mistake, and it is told so. */
import { encodeFrame } from '../protocol/codec.js';
import type { OutgoingFrame } from '../protocol/frames.js';
import { MeshError } from './api.js';

/** `what` names the call for the message. Throws `MeshError` `bad-payload`. */
export function encodePayload(what: string, frame: OutgoingFrame): string {
  try {
    return encodeFrame(frame);
  } catch {
    throw new MeshError('bad-payload', `${what}: the payload is not JSON; send plain data`);
  }
}
