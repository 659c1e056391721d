/** Peers take the larger boot id for the newer process, so it must grow at every start, whatever the clock does. */
import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../identity/atomic-file.js';
import { codeOf } from './errors.js';

/** The boot id of this start: the wall clock, or one more than the last start's when the clock was set back. */
export async function nextBootId(path: string, wallMs: number): Promise<number> {
  const last = await readLast(path);
  const boot = Math.max(Math.floor(wallMs), last + 1);
  await writeFileAtomic(path, `${boot}\n`, 0o600);
  return boot;
}

async function readLast(path: string): Promise<number> {
  try {
    const last = Number((await readFile(path, 'utf8')).trim());
    return Number.isSafeInteger(last + 1) && last >= 0 ? last : 0;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0;
    throw error;
  }
}
