/** A network's roster on disk, in upstream's format. Losing it locks devices out, so it is never overwritten unread. */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import { z } from 'zod';
import { writeFileAtomic } from '../identity/atomic-file.js';
import type { Roster, RosterEntry } from '../mesh/roster.js';
import { codeOf, DaemonError, messageOf } from './errors.js';
import { requireDeviceId } from './ids.js';
import { keepAside } from './keep-aside.js';

const ROSTER_VERSION = 1;

const entrySchema = z.looseObject({
  device_id: z.string(),
  label: z.string(),
  approved_at: z.int().min(0),
  role: z.enum(['member', 'controller', 'owner']).default('member'),
});
const fileSchema = z.looseObject({ network_id: z.string(), authorized_devices: z.array(entrySchema) });

export interface RosterFileOptions {
  path: string;
  networkId: string;
  log: Logger;
  /** Wall clock, milliseconds since 1970. */
  nowMs: () => number;
}

/** Throws `DaemonError` when the file is of a version we do not know: reading it wrong would admit the wrong devices. */
export async function openRosterFile({ path, networkId, log, nowMs }: RosterFileOptions): Promise<Roster> {
  await mkdir(dirname(path), { recursive: true });
  const entries = new Map<string, RosterEntry>();
  for (const entry of await readEntries(path, networkId, log)) {
    try {
      const device_id = requireDeviceId(entry.device_id);
      entries.set(device_id, { ...entry, device_id });
    } catch (error) {
      log.warn({ network: networkId }, `${path}: entry left out: ${messageOf(error)}`);
    }
  }

  let lastWrite = Promise.resolve();
  const save = () => {
    // One write after the other: two at once could leave the older list on disk.
    lastWrite = lastWrite
      .catch(() => {}) // reported to the caller whose write it was
      .then(() => {
        const file = { version: ROSTER_VERSION, network_id: networkId, authorized_devices: [...entries.values()] };
        return writeFileAtomic(path, `${JSON.stringify(file, null, 2)}\n`, 0o600);
      });
    return lastWrite;
  };

  return {
    list: () => [...entries.values()],
    has: (deviceId) => entries.has(deviceId),
    async approve(deviceId, label) {
      const id = requireDeviceId(deviceId);
      const known = entries.get(id);
      if (known?.label === label) return;
      const fresh: RosterEntry = { device_id: id, label, approved_at: Math.floor(nowMs() / 1000), role: 'member' };
      entries.set(id, known ? { ...known, label } : fresh);
      await save();
    },
    async remove(deviceId) {
      if (entries.delete(requireDeviceId(deviceId))) await save();
    },
  };
}

async function readEntries(path: string, networkId: string, log: Logger): Promise<RosterEntry[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
  let problem: string;
  try {
    const json: unknown = JSON.parse(text);
    const version = (json as { version?: unknown } | null)?.version;
    if (typeof version === 'number' && version !== ROSTER_VERSION) {
      throw new DaemonError(`${path}: version: ${version} is not supported (expected ${ROSTER_VERSION})`);
    }
    const file = fileSchema.parse(json);
    if (file.network_id === networkId) return file.authorized_devices;
    problem = `network_id: it is the roster of ${JSON.stringify(file.network_id)}`;
  } catch (error) {
    if (error instanceof DaemonError) throw error;
    problem = error instanceof z.ZodError ? z.prettifyError(error).replace(/\s*\n\s*/g, ' ') : messageOf(error);
  }
  const kept = await keepAside(path);
  log.error({ network: networkId }, `${path}: ${problem}; kept as ${kept}, starting with an empty roster`);
  return [];
}
