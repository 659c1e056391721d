/** A network's roster on disk, in upstream's format. Losing it locks devices out, so it is never overwritten unread. */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import { z } from 'zod';
import { writeFileAtomic } from '../identity/atomic-file.js';
import { RemovedDevices, type Roster, type RosterEntry } from '../mesh/roster.js';
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
const fileSchema = z.looseObject({
  network_id: z.string(),
  authorized_devices: z.array(entrySchema),
  /** Our own key; upstream ignores it, and loses it when it writes the file. */
  wakemesh: z
    .object({ removed: z.array(z.string()) })
    .optional()
    .catch(undefined),
});
type RosterContents = z.infer<typeof fileSchema>;

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
  const contents = await readContents(path, networkId, log);
  const removed = new RemovedDevices(contents?.wakemesh?.removed);
  for (const entry of contents?.authorized_devices ?? []) {
    try {
      const device_id = requireDeviceId(entry.device_id);
      entries.set(device_id, { ...entry, device_id });
      removed.delete(device_id);
    } catch (error) {
      log.warn({ network: networkId }, `${path}: entry left out: ${messageOf(error)}`);
    }
  }

  const write = () => {
    const file = {
      version: ROSTER_VERSION,
      network_id: networkId,
      authorized_devices: [...entries.values()],
      ...(removed.size > 0 && { wakemesh: { removed: [...removed] } }),
    };
    return writeFileAtomic(path, `${JSON.stringify(file, null, 2)}\n`, 0o600);
  };
  let running = Promise.resolve();
  let queued: Promise<void> | null = null;
  const save = () => {
    // One write after the other: two at once could leave the older list on disk. Changes that come together share one.
    queued ??= running
      .catch(() => {}) // reported to the caller whose write it was
      .then(() => {
        queued = null;
        running = write();
        return running;
      });
    return queued;
  };

  return {
    list: () => [...entries.values()],
    has: (deviceId) => entries.has(deviceId),
    async approve(deviceId, label) {
      const id = requireDeviceId(deviceId);
      const known = entries.get(id);
      if (known?.label === label) return;
      removed.delete(id);
      const fresh: RosterEntry = { device_id: id, label, approved_at: Math.floor(nowMs() / 1000), role: 'member' };
      entries.set(id, known ? { ...known, label } : fresh);
      await save();
    },
    async remove(deviceId) {
      const id = requireDeviceId(deviceId);
      if (!entries.delete(id) && removed.has(id)) return;
      removed.add(id);
      await save();
    },
    wasRemoved: (deviceId) => removed.has(deviceId),
  };
}

/** `undefined`: there is none, or it was kept aside. */
async function readContents(path: string, networkId: string, log: Logger): Promise<RosterContents | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
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
    if (file.network_id === networkId) return file;
    problem = `network_id: it is the roster of ${JSON.stringify(file.network_id)}`;
  } catch (error) {
    if (error instanceof DaemonError) throw error;
    problem = error instanceof z.ZodError ? z.prettifyError(error).replace(/\s*\n\s*/g, ' ') : messageOf(error);
  }
  const kept = await keepAside(path);
  log.error({ network: networkId }, `${path}: ${problem}; kept as ${kept}, starting with an empty roster`);
  return undefined;
}
