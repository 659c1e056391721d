/** What a device is called on the local network. */

/** One type for all networks; the room is in the TXT record. */
export const SERVICE = '_myownmesh._tcp.local';
export const VERSION = 1;

const LABEL_CHARS = 8;

/** Nothing depends on the label; it only has to differ from device to device and from room to room. */
export function instanceLabel(room: string, deviceId: string): string {
  const short = (text: string) =>
    text
      .replace(/[^a-zA-Z0-9]/g, '')
      .slice(0, LABEL_CHARS)
      .toLowerCase();
  return `mom-${short(room)}-${short(deviceId)}`;
}
