/** Ids come from people and files in several spellings; past this door there is only one of each. */
import { barePeerId } from '../identity/keys.js';
import { MeshError } from '../mesh/api.js';
import { normalizeNetworkId } from '../signaling/room.js';

/** Takes a display suffix off. Throws `MeshError` `bad-device-id` unless 52 characters of lower-case base32 remain. */
export function requireDeviceId(text: string): string {
  const id = barePeerId(text.trim());
  if (/^[a-z2-7]{52}$/.test(id)) return id;
  const shown = JSON.stringify(text.slice(0, 64));
  throw new MeshError('bad-device-id', `device id ${shown}: expected 52 characters of a-z and 2-7`);
}

/** Trimmed and lower-cased. Throws `MeshError` `bad-network-id`. */
export function requireNetworkId(text: string): string {
  const result = normalizeNetworkId(text);
  if (result.ok) return result.networkId;
  throw new MeshError('bad-network-id', `${JSON.stringify(text.slice(0, 64))}: ${result.problem}`);
}
