/** What this device says about itself in one network. */
import { encodeFrame } from '../protocol/codec.js';
import type { Capabilities, CapabilityAdvert } from '../protocol/frames.js';
import { MeshError } from './api.js';

/** Half a frame: the hello carries it beside everything else. */
const MAX_BYTES = 32 * 1024;

/** A copy with every member, as it goes out. Throws `MeshError` `bad-capabilities`. */
export function checkCapabilities(capabilities: Capabilities): CapabilityAdvert {
  let frame: string;
  try {
    frame = encodeFrame({ kind: 'capabilities_update', capabilities });
  } catch {
    throw new MeshError(
      'bad-capabilities',
      'capabilities: give tags as texts, app_version as a text, max_connections as an integer, extra as plain data',
    );
  }
  const bytes = Buffer.byteLength(frame);
  if (bytes <= MAX_BYTES) return JSON.parse(frame).capabilities;
  throw new MeshError('bad-capabilities', `capabilities: ${bytes} bytes, more than ${MAX_BYTES}; say less`);
}
